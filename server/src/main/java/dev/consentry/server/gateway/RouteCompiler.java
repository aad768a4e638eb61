package dev.consentry.server.gateway;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a table, a rule at a time, and leaves out those that can never match. For one table. */
final class RouteCompiler {
  /** Of many rules that together leave nothing to one, no more are named. */
  private static final int NAMED_MAX = 3;

  private final List<RouteRule> rules = new ArrayList<>();
  private final List<RoutePattern> patterns = new ArrayList<>();

  /** What rules are called in messages; no two of them are equal. */
  private final Map<RouteRule, String> names = new HashMap<>();

  /**
   * Adds a rule after those that are there.
   *
   * @param name what it is called, should it be in the way of another
   * @return why it can never match, or null
   */
  @Nullable String add(RouteRule rule, String name) {
    RoutePattern same = null;
    var wider = new ArrayList<RoutePattern>();
    for (RoutePattern pattern : patterns) {
      if (pattern.isThatOf(rule)) {
        same = pattern;
      } else if (pattern.isOfAll(rule)) {
        wider.add(pattern);
      }
    }
    String problem = same == null ? covered(rule, wider) : taken(rule, same);
    if (problem == null) {
      if (same == null) {
        same = new RoutePattern(rule);
        patterns.add(same);
      }
      same.add(rule);
      rules.add(rule);
      names.put(rule, name);
    }
    return problem;
  }

  private @Nullable String covered(RouteRule rule, List<RoutePattern> wider) {
    Set<Integer> covering = rule.path().coveredBy(wider.stream().map(RoutePattern::path).toList());
    if (covering.isEmpty()) {
      return null;
    }
    String named =
        covering.stream()
            .limit(NAMED_MAX)
            .map(i -> names.get(wider.get(i).first()))
            .collect(Collectors.joining(", "));
    return "can never match: before it, and for all its paths (ignoring letter case), there is %s%s"
        .formatted(named, covering.size() > NAMED_MAX ? ", …" : "");
  }

  private @Nullable String taken(RouteRule rule, RoutePattern same) {
    for (String method : rule.methods()) {
      RouteRule earlier = same.ruleFor(method);
      if (earlier != null) {
        return "can never match for %s: the same host and path have it already, in %s"
            .formatted(method, names.get(earlier));
      }
    }
    return null;
  }

  RouteTable table() {
    return new RouteTable(rules, patterns);
  }
}
