package dev.consentry.server.consent;

import dev.consentry.server.decision.InvalidValueException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/**
 * Texts that people read, and the links beside them. Lengths are in characters, that is in Unicode
 * code points.
 */
public final class Texts {
  public static final int REASON_CHARACTERS_MAX = 1_024;
  static final int URI_CHARACTERS_MAX = 2_048;

  private Texts() {}

  /**
   * Why somebody did something: free text of any number of lines.
   *
   * @throws InvalidValueException if it is too long or has control characters other than tab and
   *     line ends
   */
  public static String reason(String value) {
    requireLength(value, 0, REASON_CHARACTERS_MAX);
    value
        .codePoints()
        .filter(c -> Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r')
        .findFirst()
        .ifPresent(c -> refuse("must have no control characters but tab and line ends", c));
    return value;
  }

  /**
   * One line of plain text that nothing in it can turn around or break: no control and no bidi
   * characters.
   */
  static void requirePlain(String value, int min, int max) {
    requireLength(value, min, max);
    value
        .codePoints()
        .filter(c -> Character.isISOControl(c) || isLineSeparator(c) || isBidi(c))
        .findFirst()
        .ifPresent(c -> refuse("must have no control or bidi characters", c));
  }

  /** Empty, or an absolute URI of RFC 3986, which is ASCII, with one of these schemes. */
  static void requireUri(String value, Set<String> schemes) {
    if (value.isEmpty()) {
      return;
    }
    requireLength(value, 0, URI_CHARACTERS_MAX);
    if (!isUri(value, schemes)) {
      throw new InvalidValueException(
          "must be an absolute URI, in ASCII, that starts with "
              + String.join(" or ", schemes.stream().sorted().map(s -> "`" + s + ":`").toList()));
    }
  }

  /** An {@code https} URI names a host, a {@code mailto} URI an address. */
  private static boolean isUri(String value, Set<String> schemes) {
    try {
      var uri = new URI(value);
      return uri.getScheme() != null
          && schemes.contains(uri.getScheme())
          && uri.toASCIIString().equals(value)
          && ("mailto".equals(uri.getScheme()) ? uri.isOpaque() : uri.getHost() != null);
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static void requireLength(String value, int min, int max) {
    int length = value.codePointCount(0, value.length());
    if (length < min || length > max) {
      throw new InvalidValueException(
          "must have %d to %d characters, has %d".formatted(min, max, length));
    }
  }

  private static boolean isLineSeparator(int c) {
    return c == 0x2028 || c == 0x2029;
  }

  /** Unicode's Bidi_Control property. */
  private static boolean isBidi(int c) {
    return c == 0x061C
        || c == 0x200E
        || c == 0x200F
        || (c >= 0x202A && c <= 0x202E)
        || (c >= 0x2066 && c <= 0x2069);
  }

  private static void refuse(String rule, int c) {
    throw new InvalidValueException("%s, has U+%04X".formatted(rule, c));
  }
}
