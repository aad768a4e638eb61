package dev.consentry.server.gateway;

import java.util.Set;

/**
 * The path of a request, if gateways and upstreams can but read it alike. What is no such path is
 * refused, never repaired: gateways pass {@code ..}, {@code //}, {@code ;} and {@code %2F} on as
 * they came, and upstreams differ in what they make of them.
 *
 * <p>Equal paths have equal texts: unreserved escapes are decoded, others in upper case, and one
 * {@code /} at the end counts for nothing.
 */
public final class RequestPath {
  /** Without the query. As long as nginx takes a whole request line by default. */
  public static final int PATH_LENGTH_MAX = 8_192;

  public static final int SEGMENTS_MAX = 256;

  /** RFC 3986 {@code pchar}, without those that have a case of their own in {@link #read}. */
  private static final boolean[] PLAIN = new boolean[128];

  static {
    "abcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@".chars().forEach(c -> PLAIN[c] = true);
  }

  private final String text;
  private final int end;
  private final String folded;
  private final int foldedEnd;
  private final boolean hasSemicolon;
  private final boolean hasSlash;

  /*
   * A text without `%` and capitals is kept as it came, query and all, with the index where the
   * path ends: the usual path is looked at once, and nothing is copied.
   */
  private RequestPath(String text, int end, boolean isFolded, boolean semicolon, boolean slash) {
    this.text = text;
    this.end = end;
    this.folded = isFolded ? text : Escapes.folded(text.substring(0, end));
    this.foldedEnd = isFolded ? end : folded.length();
    this.hasSemicolon = semicolon;
    this.hasSlash = slash;
  }

  /**
   * Reads a request target in origin form (RFC 9112 §3.2.1): a path, perhaps {@code ?} and a query,
   * which is cut off and not looked at.
   *
   * @throws UnsafeRequestException if it is no path that everybody reads alike
   */
  public static RequestPath parse(String target) throws UnsafeRequestException {
    RequestPath path = read(target);
    path.requireNoneBut(Set.of());
    return path;
  }

  /** The same, where a rule may yet allow what is {@link Opaque}: {@link #requireNoneBut}. */
  static RequestPath read(String target) throws UnsafeRequestException {
    int query = target.indexOf('?');
    int length = query < 0 ? target.length() : query;
    if (length == 0 || target.charAt(0) != '/') {
      throw new UnsafeRequestException("the path does not begin with `/`");
    }
    if (length > PATH_LENGTH_MAX) {
      throw new UnsafeRequestException(
          "the path has %,d characters, more than %,d".formatted(length, PATH_LENGTH_MAX));
    }
    int escape = target.indexOf('%', 0, length);
    return escape < 0
        ? checked(target, length, true)
        : normalized(Escapes.normalized(target.substring(0, length)));
  }

  private static RequestPath normalized(String text) throws UnsafeRequestException {
    return checked(text, text.length(), false);
  }

  /*
   * A piece is what stands between any two of `/`, `%2F` and `;`. None may be a dot segment, so
   * that none is there whichever of these an upstream takes for an end.
   */
  private static RequestPath checked(String text, int length, boolean isPlain)
      throws UnsafeRequestException {
    boolean isFolded = isPlain;
    boolean hasSemicolon = false;
    boolean hasSlash = false;
    int segments = 1;
    int segment = 1;
    int piece = 1;
    int i = 1;
    while (i < length) {
      char c = text.charAt(i);
      if (c < PLAIN.length && PLAIN[c]) {
        i++;
      } else if (c == '/') {
        if (i == segment) {
          throw new UnsafeRequestException("the path has an empty segment: `//`");
        }
        requireNoDots(text, piece, i);
        segment = ++i;
        piece = segment;
        segments += i < length ? 1 : 0;
      } else if (c == ';') {
        requireNoDots(text, piece, i);
        hasSemicolon = true;
        piece = ++i;
      } else if (c >= 'A' && c <= 'Z') {
        isFolded = false;
        i++;
      } else if (c == '%') {
        if (text.startsWith("2F", i + 1)) {
          requireNoDots(text, piece, i);
          hasSlash = true;
          piece = i + Escapes.LENGTH;
        } else if (text.startsWith("25", i + 1) && Escapes.areHexDigits(text, i + Escapes.LENGTH)) {
          throw new UnsafeRequestException("the path is escaped twice: `%25` and two hex digits");
        }
        i += Escapes.LENGTH;
      } else {
        throw new UnsafeRequestException("the path has U+%04X, unescaped".formatted((int) c));
      }
    }
    requireNoDots(text, piece, length);
    if (segments > SEGMENTS_MAX) {
      throw new UnsafeRequestException(
          "the path has %,d segments, more than %,d".formatted(segments, SEGMENTS_MAX));
    }
    int end = text.charAt(length - 1) == '/' ? length - 1 : length;
    return new RequestPath(text, end, isFolded, hasSemicolon, hasSlash);
  }

  private static void requireNoDots(String text, int from, int to) throws UnsafeRequestException {
    int length = to - from;
    if ((length == 1 && text.charAt(from) == '.')
        || (length == 2 && text.charAt(from) == '.' && text.charAt(from + 1) == '.')) {
      throw new UnsafeRequestException("the path has a dot segment: `.` or `..`");
    }
  }

  /** Refuses everything opaque that is there and not allowed. */
  void requireNoneBut(Set<Opaque> allowed) throws UnsafeRequestException {
    if (hasSemicolon && !allowed.contains(Opaque.SEMICOLON)) {
      throw new UnsafeRequestException("the path has `;`, which no rule allows here");
    }
    if (hasSlash && !allowed.contains(Opaque.SLASH)) {
      throw new UnsafeRequestException("the path has `%2F`, which no rule allows here");
    }
  }

  /** The path begins this text, and is as long as {@link #end} says. */
  String text() {
    return text;
  }

  /** Without a {@code /} at the end, so that it is 0 for {@code /} alone. */
  int end() {
    return end;
  }

  /** {@link Escapes#folded}, and longer than the path, as {@link #text} is. */
  String folded() {
    return folded;
  }

  int foldedEnd() {
    return foldedEnd;
  }

  /** The normalized path. */
  @Override
  public String toString() {
    return end == 0 ? "/" : text.substring(0, end);
  }
}
