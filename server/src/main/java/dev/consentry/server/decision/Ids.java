package dev.consentry.server.decision;

/** The alphabets of ids and scopes. All of them are ASCII, so that UTF-16 order is byte order. */
final class Ids {
  static final int ID_LENGTH_MAX = 256;

  private Ids() {}

  /** Visible ASCII is 0x21 to 0x7E. */
  static void requireVisibleAscii(String value) {
    requireLength(value);
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < 0x21 || c > 0x7E) {
        throw new InvalidValueException("must be visible ASCII (0x21 to 0x7E), " + at(value, i));
      }
    }
  }

  /** RFC 6749 §3.3: {@code scope-token = 1*( %x21 / %x23-5B / %x5D-7E )}. */
  static void requireScopeToken(String value) {
    requireLength(value);
    for (int i = 0; i < value.length(); i++) {
      if (!isScopeCharacter(value.charAt(i))) {
        throw new InvalidValueException(
            "must be a scope-token of RFC 6749 (visible ASCII without `\"` and `\\`), "
                + at(value, i));
      }
    }
  }

  /** Whether {@link #requireScopeToken} takes what stands from here to there in a text. */
  static boolean isScopeToken(byte[] text, int from, int to) {
    if (from == to || to - from > ID_LENGTH_MAX) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (!isScopeCharacter(text[i])) {
        return false;
      }
    }
    return true;
  }

  /* Bytes above 0x7E are negative. */
  private static boolean isScopeCharacter(int c) {
    return c >= 0x21 && c <= 0x7E && c != '"' && c != '\\';
  }

  private static void requireLength(String value) {
    if (value.isEmpty() || value.length() > ID_LENGTH_MAX) {
      throw new InvalidValueException(
          "must have 1 to " + ID_LENGTH_MAX + " characters, has " + value.length());
    }
  }

  private static String at(String value, int index) {
    return "has U+%04X at position %d".formatted(value.codePointAt(index), index + 1);
  }
}
