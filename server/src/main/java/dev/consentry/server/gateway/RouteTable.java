package dev.consentry.server.gateway;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.gateway.RouteMatch.Ambiguous;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.gateway.RouteMatch.NotCovered;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which rule holds for a request. Never changes. */
public final class RouteTable {
  public static final int RULES_MAX = 1_000;

  private static final RouteMatch NOT_COVERED = new NotCovered();
  private static final RouteMatch AMBIGUOUS = new Ambiguous();

  /** For each host that a rule names: the patterns that are of it, in their order. */
  private final Map<String, RoutePattern[]> ofHosts;

  private final RoutePattern[] ofOtherHosts;
  private final List<RouteRule> rules;

  RouteTable(List<RouteRule> rules, List<RoutePattern> patterns) {
    this.rules = List.copyOf(rules);
    var hosts = new HashMap<String, RoutePattern[]>();
    for (RoutePattern pattern : patterns) {
      String host = pattern.host();
      if (host != null) {
        hosts.computeIfAbsent(host, it -> of(it, patterns));
      }
    }
    ofHosts = Map.copyOf(hosts);
    ofOtherHosts = of(null, patterns);
  }

  private static RoutePattern[] of(@Nullable String host, List<RoutePattern> patterns) {
    return patterns.stream()
        .filter(it -> it.host() == null || it.host().equals(host))
        .toArray(RoutePattern[]::new);
  }

  /**
   * These rules, in this order.
   *
   * @throws InvalidValueException if they are too many, or if one can never match: names the first
   *     of those, and says why
   */
  public static RouteTable of(List<RouteRule> rules) {
    if (rules.size() > RULES_MAX) {
      throw new InvalidValueException(
          "must be at most %,d rules, are %,d".formatted(RULES_MAX, rules.size()));
    }
    var compiler = new RouteCompiler();
    for (int i = 0; i < rules.size(); i++) {
      String name = "rule %d (`%s`)".formatted(i + 1, rules.get(i));
      String problem = compiler.add(rules.get(i), name);
      if (problem != null) {
        throw new InvalidValueException("%s %s".formatted(name, problem));
      }
    }
    return compiler.table();
  }

  /** All of them, in their order. No two are equal. */
  public List<RouteRule> rules() {
    return rules;
  }

  /**
   * The rule that holds for a request.
   *
   * @throws NotLetThroughException if none does, which says why
   */
  public Covered covering(String method, String host, String target) throws NotLetThroughException {
    try {
      return switch (match(method, host, target)) {
        case Covered covered -> covered;
        case NotCovered _ ->
            throw new NotLetThroughException(
                Reason.ROUTE_NOT_COVERED, "no rule covers this method, host and path");
        case Ambiguous _ ->
            throw new NotLetThroughException(
                Reason.ROUTE_AMBIGUOUS,
                "to upstreams that ignore letter case, or decode more, an earlier rule covers it");
      };
    } catch (UnsafeRequestException e) {
      throw new NotLetThroughException(Reason.UNSAFE_REQUEST, e.problem());
    }
  }

  /*
   * The first rule whose host and path match fixes the pattern, and only rules of that very pattern
   * are looked at for the method: a rule for GET never lets POST fall through to a weaker one
   * below. Whatever matches exactly also matches folded, so that a pattern that matches folded only
   * is one that a less strict upstream would have taken.
   */
  /**
   * What these rules say to a request.
   *
   * @param method as it came
   * @param host as it came: {@link HostName#parse}
   * @param target as it came: {@link RequestPath#parse}
   * @throws UnsafeRequestException if host or path could mean two things, or if the path has what
   *     is {@link Opaque} and the rule that holds does not allow it
   */
  public RouteMatch match(String method, String host, String target) throws UnsafeRequestException {
    RequestPath path = RequestPath.read(target);
    boolean reachesEarlier = false;
    for (RoutePattern pattern : ofHosts.getOrDefault(HostName.normalized(host), ofOtherHosts)) {
      if (pattern.path().matchesFolded(path)) {
        if (pattern.path().matches(path)) {
          RouteRule rule = pattern.ruleFor(method);
          path.requireNoneBut(rule == null ? Set.of() : rule.opaque());
          return reachesEarlier ? AMBIGUOUS : match(rule, path);
        }
        reachesEarlier = true;
      }
    }
    path.requireNoneBut(Set.of());
    return NOT_COVERED;
  }

  private static RouteMatch match(@Nullable RouteRule rule, RequestPath path) {
    return rule == null ? NOT_COVERED : new Covered(rule, rule.path().accountIn(path));
  }
}
