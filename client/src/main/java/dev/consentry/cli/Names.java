package dev.consentry.cli;

import java.util.Locale;

/** How names and texts from elsewhere are written. */
final class Names {
  private Names() {}

  /** An enum value as it is typed: {@code revoked}. */
  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** An enum value of the contract without what its name begins with. */
  static String without(String prefix, Enum<?> value) {
    return value.name().startsWith(prefix) ? value.name().substring(prefix.length()) : value.name();
  }

  /** A text that cannot move the cursor, colour the terminal or turn what stands around it. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          int type = Character.getType(c);
          boolean harmless =
              type != Character.CONTROL
                  && type != Character.FORMAT
                  && type != Character.LINE_SEPARATOR
                  && type != Character.PARAGRAPH_SEPARATOR
                  && type != Character.SURROGATE;
          out.appendCodePoint(harmless ? c : 0xFFFD);
        });
    return out.toString();
  }
}
