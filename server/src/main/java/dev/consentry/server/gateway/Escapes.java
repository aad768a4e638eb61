package dev.consentry.server.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Percent-escapes (RFC 3986 §2.1): of UTF-8, read once, and written in one way. */
final class Escapes {
  /** {@code %}, and two hex digits. */
  static final int LENGTH = 3;

  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private Escapes() {}

  /**
   * The same path with its escapes in one form: unreserved characters as they are (RFC 3986
   * §6.2.2.2), all others in upper case (§6.2.2.1).
   *
   * @throws UnsafeRequestException if an escape is none, is no UTF-8, or stands for what no path
   *     may have; {@code %2F} is left for others to judge
   */
  static String normalized(String path) throws UnsafeRequestException {
    int first = path.indexOf('%');
    if (first < 0) {
      return path;
    }
    var text = new StringBuilder(path.length()).append(path, 0, first);
    int i = first;
    while (i < path.length()) {
      if (path.charAt(i) != '%') {
        text.append(path.charAt(i++));
        continue;
      }
      byte[] run = run(path, i);
      i += run.length * LENGTH;
      requireAllowed(run);
      for (byte b : run) {
        if (isUnreserved(b)) {
          text.append((char) b);
        } else {
          text.append('%').append(HEX.toHexDigits(b));
        }
      }
    }
    return text.toString();
  }

  /** Decodes a normalized text once. */
  static String decoded(String text) {
    return decoded(text, '/');
  }

  /**
   * A normalized text, as it looks to somebody who decodes it and ignores letter case: two texts
   * that such an upstream could take for the same are folded to the same. {@code %2F} becomes a
   * backslash, which no path has, because it ends no segment.
   */
  static String folded(String text) {
    String decoded = decoded(text, '\\');
    var folded = new StringBuilder(decoded.length());
    for (int i = 0; i < decoded.length(); ) {
      int c = decoded.codePointAt(i);
      // Both ways, as in String.equalsIgnoreCase: the Kelvin sign is a `k` too.
      folded.appendCodePoint(Character.toLowerCase(Character.toUpperCase(c)));
      i += Character.charCount(c);
    }
    return folded.toString();
  }

  private static String decoded(String text, char slash) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    var bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        c = (char) value(text, i);
        bytes.write(c == '/' ? slash : c);
        i += LENGTH - 1;
      } else {
        bytes.write(c);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The bytes of all escapes that follow one another from here. */
  private static byte[] run(String path, int from) throws UnsafeRequestException {
    var run = new ByteArrayOutputStream();
    for (int i = from; i < path.length() && path.charAt(i) == '%'; i += LENGTH) {
      if (!areHexDigits(path, i + 1)) {
        throw new UnsafeRequestException("the path has a `%` without two hex digits");
      }
      run.write(value(path, i));
    }
    return run.toByteArray();
  }

  private static void requireAllowed(byte[] run) throws UnsafeRequestException {
    String decoded;
    try {
      decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run)).toString();
    } catch (CharacterCodingException e) {
      throw new UnsafeRequestException("the path has escapes that are no UTF-8");
    }
    for (int i = 0; i < decoded.length(); i++) {
      char c = decoded.charAt(i);
      if (Character.isISOControl(c) || c == '\\' || c == ';' || c == '?' || c == '#') {
        throw new UnsafeRequestException("the path has U+%04X, escaped".formatted((int) c));
      }
    }
  }

  /** Whether two of them stand here. */
  static boolean areHexDigits(String text, int at) {
    return at + 1 < text.length()
        && HexFormat.isHexDigit(text.charAt(at))
        && HexFormat.isHexDigit(text.charAt(at + 1));
  }

  private static int value(String text, int at) {
    return HexFormat.fromHexDigits(text, at + 1, at + LENGTH);
  }

  /** RFC 3986 §2.3. */
  private static boolean isUnreserved(byte c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }
}
