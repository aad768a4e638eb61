package dev.consentry.server.gateway;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All rules of one host and one path, by method. Grows while a table is made. */
final class RoutePattern {
  private static final String GET = "GET";
  private static final String HEAD = "HEAD";

  private final RouteRule first;
  private final @Nullable String host;
  private final PathTemplate path;
  private final Map<String, RouteRule> rules = new HashMap<>();

  RoutePattern(RouteRule first) {
    this.first = first;
    this.host = first.host() == null ? null : first.host().value();
    this.path = first.path();
  }

  /** Adds a rule whose methods no other has; one for HEAD may be before the one for GET. */
  void add(RouteRule rule) {
    for (String method : rule.methods()) {
      rules.put(method, rule);
    }
    if (rule.methods().contains(GET)) {
      rules.putIfAbsent(HEAD, rule);
    }
  }

  /** The first of them. */
  RouteRule first() {
    return first;
  }

  PathTemplate path() {
    return path;
  }

  /** Null for any. */
  @Nullable String host() {
    return host;
  }

  /** Whether it is of every host that a rule is of. */
  boolean isOfAll(RouteRule rule) {
    return host == null || isOfHostOf(rule);
  }

  /** Whether it is of the very host and path that a rule is of. */
  boolean isThatOf(RouteRule rule) {
    return path.equals(rule.path()) && isOfHostOf(rule);
  }

  private boolean isOfHostOf(RouteRule rule) {
    String other = rule.host() == null ? null : rule.host().value();
    return host == null ? other == null : host.equals(other);
  }

  @Nullable RouteRule ruleFor(String method) {
    return rules.get(method);
  }
}
