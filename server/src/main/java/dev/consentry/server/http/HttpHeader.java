package dev.consentry.server.http;

/**
 * A field of an answer (RFC 9110, 5).
 *
 * @param name a token
 * @param value visible ASCII, with spaces and tabs inside; may be empty. So nothing in it can end
 *     it, whoever it came from
 */
public record HttpHeader(String name, String value) {
  /** RFC 9110, 5.6.2, {@code tchar}, beside letters and digits. */
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  private static final boolean[] IN_TOKEN = new boolean[0x7F];

  static {
    for (char c = 0; c < IN_TOKEN.length; c++) {
      IN_TOKEN[c] = Character.isLetterOrDigit(c) || TOKEN_MARKS.indexOf(c) >= 0;
    }
  }

  public HttpHeader {
    if (!isToken(name)) {
      throw new IllegalArgumentException("no name of a header");
    }
    if (!isValue(value)) {
      throw new IllegalArgumentException("no value for the header " + name);
    }
  }

  // Not by a pattern: at four fields an answer that was a sixth of what forward auth takes.
  private static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= IN_TOKEN.length || !IN_TOKEN[c]) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static boolean isValue(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (!isVisible(c) && c != ' ' && c != '\t') {
        return false;
      }
    }
    return value.isEmpty()
        || (isVisible(value.charAt(0)) && isVisible(value.charAt(value.length() - 1)));
  }

  private static boolean isVisible(char c) {
    return c > ' ' && c < 0x7F;
  }
}
