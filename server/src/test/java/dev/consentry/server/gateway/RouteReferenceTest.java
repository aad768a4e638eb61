package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.RandomRoutes.Request;
import dev.consentry.server.gateway.RouteMatch.Ambiguous;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.gateway.RouteMatch.NotCovered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link RouteTable} and {@link ReferenceRoutes} say the same of every request; a table with a
 * planted bug does not.
 */
final class RouteReferenceTest {
  private static final int TABLES = 2_000;
  private static final int REQUESTS_PER_TABLE = 50;

  /** Deeper than any template of {@link RandomRoutes}. */
  private static final int DEPTH = 4;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 1)
  void match_randomRequests_isWhatTheReferenceSays(long seed) {
    assertEquals(Optional.empty(), firstDifference(RouteReferenceTest::real, seed));
  }

  @ParameterizedTest(name = "{0}, seed 1")
  @EnumSource(RouteMutants.class)
  void firstDifference_plantedBug_isFound(RouteMutants mutant) {
    assertTrue(firstDifference(mutant, 1).isPresent(), "a table with this bug passed: " + mutant);
  }

  /** Otherwise the comparison would say little. */
  @Test
  void random_requestsOfOneSeed_haveEveryAnswer() {
    var counts = new HashMap<String, Integer>();
    var routes = new RandomRoutes(new SplittableRandom(1));
    for (int i = 0; i < TABLES / 5; i++) {
      List<RouteRule> rules = routes.rules();
      var reference = new ReferenceRoutes(rules);
      for (int j = 0; j < REQUESTS_PER_TABLE; j++) {
        Request it = routes.request(rules);
        String answer =
            reference
                .match(it.method(), it.host(), it.target())
                .map(match ->
                    switch (match) {
                      case Covered(RouteRule rule, String account) ->
                          "Covered%s%s%s"
                              .formatted(
                                  account == null ? "" : " with account",
                                  rule.opaque().isEmpty() ? "" : ", opaque",
                                  it.target().matches(".*(;|%2[Ff]).*") ? ", used" : "");
                      case NotCovered _ -> "NotCovered";
                      case Ambiguous _ -> "Ambiguous";
                    })
                .orElse("unsafe");
        counts.merge(answer, 1, Integer::sum);
      }
    }
    int fewest = TABLES / 5 * REQUESTS_PER_TABLE / 200;
    for (String answer :
        List.of(
            "Covered",
            "Covered with account",
            "Covered, opaque, used",
            "NotCovered",
            "Ambiguous",
            "unsafe")) {
      assertTrue(counts.getOrDefault(answer, 0) > fewest, answer + " is rare: " + counts);
    }
  }

  /* All paths of few letters, up to a depth: what no such path reaches is never reached. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 1)
  void of_randomTables_refusesWhatIsNeverReached(long seed) {
    List<String> paths = paths(List.of("a", "A", "@", "zz"));
    var random = new SplittableRandom(seed);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      var rules = new ArrayList<RouteRule>();
      for (int count = 2 + random.nextInt(4); count > 0; count--) {
        rules.add(get(smallTemplate(random), rules.size()));
      }
      var compiler = new RouteCompiler();
      var taken = new ArrayList<RouteRule>();
      for (RouteRule rule : rules) {
        boolean isTaken = compiler.add(rule, "") == null;
        var all = new ArrayList<>(taken);
        all.add(rule);
        assertEquals(
            isReached(rule, all, paths), isTaken, () -> "seed %d: %s".formatted(seed, all));
        if (isTaken) {
          taken.add(rule);
        } else {
          refused++;
        }
      }
    }
    assertTrue(refused > 50, "few are refused: " + refused);
  }

  private static boolean isReached(RouteRule rule, List<RouteRule> all, List<String> paths) {
    var reference = new ReferenceRoutes(all);
    return paths.stream()
        .anyMatch(path ->
            reference
                .match("GET", "a.example", path)
                .filter(it -> it instanceof Covered covered && covered.rule().equals(rule))
                .isPresent());
  }

  private static RouteRule get(String template, int number) {
    return new RouteRule(
        null,
        PathTemplate.parse(template),
        Set.of("GET"),
        List.of(new Scope("s" + number)),
        false,
        Set.of());
  }

  private static String smallTemplate(SplittableRandom random) {
    var template = new StringBuilder();
    for (int i = random.nextInt(DEPTH - 1); i > 0; i--) {
      List<String> segments = List.of("{x%d}".formatted(i), "{x%d}".formatted(i), "a", "A", "@");
      template.append('/').append(segments.get(random.nextInt(segments.size())));
    }
    template.append(random.nextInt(3) == 0 ? "/**" : "");
    return template.isEmpty() ? "/" : template.toString();
  }

  private static List<String> paths(List<String> segments) {
    List<String> all = new ArrayList<>(List.of("/"));
    List<String> last = List.of("");
    for (int i = 0; i < DEPTH; i++) {
      last =
          last.stream()
              .flatMap(path -> segments.stream().map(segment -> path + "/" + segment))
              .toList();
      all.addAll(last);
    }
    return all;
  }

  private static Optional<String> firstDifference(Matching matching, long seed) {
    var routes = new RandomRoutes(new SplittableRandom(seed));
    for (int i = 0; i < TABLES; i++) {
      List<RouteRule> rules = routes.rules();
      var reference = new ReferenceRoutes(rules);
      RouteTable table = table(rules);
      for (int j = 0; j < REQUESTS_PER_TABLE; j++) {
        Request request = routes.request(rules);
        Optional<RouteMatch> right =
            reference.match(request.method(), request.host(), request.target());
        Optional<RouteMatch> given = matching.match(rules, table, request);
        if (!given.equals(right)) {
          return Optional.of(
              "seed %d: %s with %s is %s, not %s".formatted(seed, request, rules, given, right));
        }
      }
    }
    return Optional.empty();
  }

  /** Leaves out what can never match. */
  static RouteTable table(List<RouteRule> rules) {
    var compiler = new RouteCompiler();
    rules.forEach(rule -> compiler.add(rule, ""));
    return compiler.table();
  }

  static Optional<RouteMatch> real(List<RouteRule> rules, RouteTable table, Request request) {
    try {
      return Optional.of(table.match(request.method(), request.host(), request.target()));
    } catch (UnsafeRequestException e) {
      return Optional.empty();
    }
  }

  /** Answers a request; empty if it is unsafe. */
  @FunctionalInterface
  interface Matching {
    Optional<RouteMatch> match(List<RouteRule> rules, RouteTable table, Request request);
  }
}
