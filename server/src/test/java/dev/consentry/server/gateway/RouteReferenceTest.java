package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.RandomRoutes.Request;
import dev.consentry.server.gateway.RouteMatch.Ambiguous;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.gateway.RouteMatch.NotCovered;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jspecify.annotations.Nullable;

/**
 * {@link RouteTable} and {@link ReferenceRoutes} say the same of every request; a table with a
 * planted bug does not.
 */
final class RouteReferenceTest {
  private static final int TABLES = 5_000;
  private static final int REQUESTS_PER_TABLE = 20;

  /** Deeper than any template of {@link RandomRoutes}. */
  private static final int DEPTH = 5;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_128})
  void match_randomRequests_isWhatTheReferenceSays(long seed) {
    assertEquals(Optional.empty(), firstDifference(RouteReferenceTest::real, seed));
  }

  @ParameterizedTest(name = "{0}, seed 1")
  @EnumSource
  void firstDifference_plantedBug_isFound(Mutant mutant) {
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
                .map(match -> switch (match) {
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
    for (int i = 0; i < 1_000; i++) {
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
        assertEquals(isReached(rule, all, paths), isTaken, () -> "seed %d: %s".formatted(seed, all));
        if (isTaken) {
          taken.add(rule);
        } else {
          refused++;
        }
      }
    }
    assertTrue(refused > 100, "few are refused: " + refused);
  }

  private static boolean isReached(RouteRule rule, List<RouteRule> all, List<String> paths) {
    var reference = new ReferenceRoutes(all);
    return paths.stream()
        .anyMatch(path ->
            reference
                .match("GET", "a.example", path)
                .filter(it -> it instanceof Covered covered && covered.rule() == rule)
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
  private static RouteTable table(List<RouteRule> rules) {
    var compiler = new RouteCompiler();
    rules.forEach(rule -> compiler.add(rule, ""));
    return compiler.table();
  }

  private static Optional<RouteMatch> real(
      List<RouteRule> rules, RouteTable table, Request request) {
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

  /** Bugs that somebody could write, each on top of the real table. */
  enum Mutant implements Matching {
    LAST_RULE_WINS(rules(List::reversed)),
    METHOD_FALLS_THROUGH((rules, _, request) ->
        real(
            rules,
            table(
                rules.stream()
                    .filter(rule ->
                        rule.methods().contains(request.method())
                            || (request.method().equals("HEAD") && rule.methods().contains("GET")))
                    .toList()),
            request)),
    HEAD_IS_NOT_GET((rules, table, it) ->
        real(
            rules,
            table,
            it.method().equals("HEAD")
                    && rules.stream().noneMatch(rule -> rule.methods().contains("HEAD"))
                ? new Request("OTHER", it.host(), it.target())
                : it)),
    METHOD_IN_ANY_CASE((rules, table, it) ->
        real(
            rules,
            table,
            new Request(it.method().toUpperCase(Locale.ROOT), it.host(), it.target()))),
    HOST_IGNORED(rules(each(it -> with(it, null, it.opaque())))),
    HOST_AS_IT_CAME((rules, table, it) ->
        real(
            rules,
            it.host().matches("[a-z.]*[a-z]")
                ? table
                : table(rules.stream().filter(rule -> rule.host() == null).toList()),
            it)),
    HOST_TRIMMED((rules, table, it) ->
        real(
            rules,
            table,
            new Request(it.method(), it.host().replaceFirst("\\.*(:.*)?$", ""), it.target()))),
    LETTER_CASE_IGNORED(target(it -> it.toLowerCase(Locale.ROOT))),
    AMBIGUITY_FORGOTTEN((rules, table, request) ->
        real(rules, table, request)
            .map(match ->
                match instanceof Ambiguous
                    ? rules.stream()
                        .flatMap(rule -> real(rules, table(List.of(rule)), request).stream())
                        .filter(Covered.class::isInstance)
                        .findFirst()
                        .orElse(match)
                    : match)),
    DOT_SEGMENTS_RESOLVED(target(it -> it.replaceAll("/[^/?]+/\\.\\.(?=/|$)|/\\.(?=/|$)", ""))),
    ESCAPED_DOTS_PASS(target(it -> it.replaceAll("(?i)(?<=/)(\\.|%2e){1,2}(?=/|$)", "zz"))),
    EMPTY_SEGMENTS_MERGED(target(it -> it.replaceAll("//+", "/"))),
    PARAMETERS_CUT(target(it -> it.replaceAll(";[^/?]*", ""))),
    ESCAPED_SLASHES_DECODED(target(it -> it.replaceAll("(?i)%2F", "/"))),
    ESCAPED_SEMICOLON_IS_ONE(target(it -> it.replaceAll("(?i)%3B", ";"))),
    BACKSLASH_IS_A_SLASH(target(it -> it.replaceAll("(?i)\\\\|%5C", "/"))),
    CONTROLS_DROPPED(target(it -> it.replaceAll("(?i)%0[0-9a-f]|%7F", ""))),
    BROKEN_UTF_8_PASSES(target(it -> it.replace("%C0%AE", "zz").replace("%ED%A0%80", "zz"))),
    DECODED_TWICE(target(it -> it.replace("%25", "%"))),
    QUERY_KEPT(target(it -> it.replace('?', '/'))),
    FRAGMENT_CUT(target(it -> it.replaceFirst("#.*", ""))),
    LAST_SLASH_COUNTS(target(it -> it.length() > 1 && it.endsWith("/") ? it + "zz" : it)),
    OPAQUE_EVERYWHERE(
        rules(
            each(it ->
                it.isPublic() || !it.path().isOpen()
                    ? it
                    : with(it, it.host(), EnumSet.allOf(Opaque.class))))),
    OPAQUE_NOWHERE(rules(each(it -> with(it, it.host(), Set.of())))),
    ACCOUNT_LEFT_ESCAPED((rules, table, request) ->
        real(rules, table, request)
            .map(match ->
                match instanceof Covered(RouteRule rule, String account) && account != null
                    ? new Covered(rule, URLEncoder.encode(account, StandardCharsets.UTF_8))
                    : match));

    // Lambdas here hold no state, which Error Prone cannot know of an interface it does not own.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Matching matching;

    Mutant(Matching matching) {
      this.matching = matching;
    }

    @Override
    public Optional<RouteMatch> match(List<RouteRule> rules, RouteTable table, Request request) {
      return matching.match(rules, table, request);
    }

    private static Matching target(UnaryOperator<String> change) {
      return (rules, table, it) ->
          real(rules, table, new Request(it.method(), it.host(), change.apply(it.target())));
    }

    /** The answer names a rule as it was, if there is one of its scopes. */
    private static Matching rules(UnaryOperator<List<RouteRule>> change) {
      return (rules, _, request) ->
          real(rules, table(change.apply(rules)), request)
              .map(match ->
                  match instanceof Covered(RouteRule rule, String account)
                      ? new Covered(original(rules, rule), account)
                      : match);
    }

    private static RouteRule original(List<RouteRule> rules, RouteRule changed) {
      return rules.stream()
          .filter(rule ->
              rule.path().equals(changed.path())
                  && rule.methods().equals(changed.methods())
                  && rule.scopes().equals(changed.scopes()))
          .findFirst()
          .orElse(changed);
    }

    private static UnaryOperator<List<RouteRule>> each(Function<RouteRule, RouteRule> change) {
      return rules -> rules.stream().map(change).toList();
    }

    private static RouteRule with(RouteRule it, @Nullable HostName host, Set<Opaque> opaque) {
      return new RouteRule(host, it.path(), it.methods(), it.scopes(), it.isPublic(), opaque);
    }
  }
}
