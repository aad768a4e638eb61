package dev.consentry.server.http;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the service for a path. */
final class Routes {
  private final Map<String, HttpRoute> exact = new HashMap<>();
  private final List<HttpRoute> prefixes;

  Routes(List<HttpRoute> routes) {
    for (HttpRoute route : routes) {
      if (exact.put(route.path(), route) != null) {
        throw new IllegalArgumentException("two routes for " + route.path());
      }
    }
    prefixes =
        routes.stream()
            .filter(HttpRoute::isPrefix)
            .sorted(Comparator.comparingInt((HttpRoute route) -> route.path().length()).reversed())
            .toList();
  }

  /** Null if nobody serves it. */
  @Nullable HttpRoute find(String path) {
    HttpRoute found = exact.get(path);
    if (found != null) {
      return found;
    }
    for (HttpRoute route : prefixes) {
      if (path.startsWith(route.path())) {
        return route;
      }
    }
    return null;
  }
}
