package dev.consentry.server.gateway;

import org.jspecify.annotations.Nullable;

/** A request of an app, as a gateway tells of it. */
public interface AppRequest {
  String method();

  /** As it came: perhaps with a port, in any case. */
  String host();

  /** Path and query, as they came. */
  String target();

  /**
   * Whether there is such a header, even an empty one, or one that some upstreams take for it:
   * {@link #isLike}.
   */
  boolean has(String lowerCaseName);

  /**
   * The one value of a header; null if there is none.
   *
   * @throws NotLetThroughException {@link Reason#UNSAFE_REQUEST} if there is more than one
   */
  @Nullable String one(String lowerCaseName) throws NotLetThroughException;

  /**
   * Whether letter case, and {@code _} or {@code .} in place of {@code -}, are all that differs.
   */
  static boolean isLike(String header, String lowerCaseName) {
    if (header.length() != lowerCaseName.length()) {
      return false;
    }
    for (int i = 0; i < header.length(); i++) {
      char c = header.charAt(i);
      char expected = lowerCaseName.charAt(i);
      boolean same = c == expected || (c >= 'A' && c <= 'Z' && c + ('a' - 'A') == expected);
      if (!same && !(expected == '-' && (c == '_' || c == '.'))) {
        return false;
      }
    }
    return true;
  }
}
