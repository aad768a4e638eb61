package dev.consentry.server.http;

import java.util.Set;

/**
 * Where a service is.
 *
 * @param path compared byte for byte with what was sent, query left out. One that ends in {@code /}
 *     stands for everything below it: the longest that fits counts
 * @param methods in upper case; any other gets a 405
 */
public record HttpRoute(String path, Set<String> methods, HttpService service) {
  public HttpRoute {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("a path starts with /");
    }
    methods = Set.copyOf(methods);
  }

  /** Whether it stands for everything below its path. */
  boolean isPrefix() {
    return path.endsWith("/");
  }
}
