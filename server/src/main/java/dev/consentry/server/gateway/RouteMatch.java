package dev.consentry.server.gateway;

import org.jspecify.annotations.Nullable;

/** What the rules say to a request with a safe path. */
public sealed interface RouteMatch {
  /**
   * This rule holds.
   *
   * @param account what stands for {@code {account}}, decoded once: any text, which must be the
   *     account of the subject; null if the rule's path has none
   */
  record Covered(RouteRule rule, @Nullable String account) implements RouteMatch {}

  /** No rule holds: denied. */
  record NotCovered() implements RouteMatch {}

  /**
   * An earlier rule than the one that matches would hold if letter case were ignored, or more of
   * the path decoded, as some upstreams do: denied.
   */
  record Ambiguous() implements RouteMatch {}
}
