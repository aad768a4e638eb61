package dev.consentry.server.log;

/**
 * Text in JSON (RFC 8259 §7), in visible ASCII and spaces alone: every other character stands there
 * as its escape, so that nothing that reads the line sees a line's end, an order to a terminal or a
 * change of direction. Read back, it is the text again, down to surrogates without their other
 * half.
 */
public final class JsonText {
  private static final char VISIBLE_MIN = 0x20;
  private static final char VISIBLE_MAX = 0x7E;
  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /** Appends a string, with its quotes. */
  public static void appendQuoted(StringBuilder json, CharSequence text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (isVisible(c)) {
        json.append(c);
      } else {
        appendEscape(json, c);
      }
    }
    json.append('"');
  }

  /** Escapes what is not visible in JSON that is complete otherwise, in one line. */
  public static void escapeInvisible(StringBuilder json) {
    int first = 0;
    while (first < json.length() && isVisible(json.charAt(first))) {
      first++;
    }
    if (first == json.length()) {
      return;
    }
    String rest = json.substring(first);
    json.setLength(first);
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (isVisible(c)) {
        json.append(c);
      } else {
        appendEscape(json, c);
      }
    }
  }

  private static boolean isVisible(char c) {
    return c >= VISIBLE_MIN && c <= VISIBLE_MAX;
  }

  private static void appendEscape(StringBuilder json, char c) {
    json.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      json.append(HEX.charAt(c >> shift & 0xF));
    }
  }
}
