package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rules can never match. */
final class RouteCompilerTest {
  private static final String HOST = "api.example.com";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/a                     | /a",
        "/a                     | /a/",
        "/a                     | /%61",
        "/{x}                   | /a",
        "/{x}                   | /{y}",
        "/{x}                   | /{account}",
        "/a/**                  | /a",
        "/a/**                  | /a/{x}/b",
        "/a/**                  | /a/b/**",
        "/**                    | /",
        "/**                    | /**",
        "/{x}/**                | /a/**",
        "/a                     | /A",
        "/caf%C3%A9             | /caf%C3%89",
        "/@a                    | /%40A",
        "/a, /a/{x}/**          | /a/**",
        "/a, /a/{x}, /a/{x}/{y}/** | /a/**",
        "/{x}/b/**, /a, /a/{x}, /a/{x}/{y}/** | /a/**",
        "/, /{x}, /{x}/{y}/**   | /**"
      })
  void of_ruleThatCanNeverMatch_isRefused(String earlier, String late) {
    RouteRule last = rule("GET", late, "s");
    assertUnmatchable("can never match", rules(earlier, last));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/a                     | /b",
        "/a                     | /{x}",
        "/a/{x}                 | /a",
        "/a/{x}                 | /a/**",
        "/a/{x}/**              | /a/**",
        "/a, /a/{x}             | /a/**",
        "/a, /a/{x}, /a/{x}/{y} | /a/**",
        "/a, /a/b/**            | /a/**",
        "/{x}/b                 | /a/{x}",
        "/a/**                  | /{x}/**",
        "/a, /b, /c             | /{x}"
      })
  void of_ruleWithAPathOfItsOwn_isTaken(String earlier, String late) {
    assertDoesNotThrow(() -> RouteTable.of(rules(earlier, rule("GET", late, "s"))));
  }

  @Test
  void of_hosts_areInTheWayOfThemselvesAndOfNoOther() {
    RouteRule anywhere = rule("GET", "/**", "s");
    RouteRule here = ruleOf(HOST, "GET", "/a", "s");
    RouteRule wide = ruleOf(HOST, "GET", "/**", "s");
    RouteRule there = ruleOf("other.example.com", "GET", "/a", "s");
    assertDoesNotThrow(() -> RouteTable.of(List.of(wide, there, anywhere)));
    assertUnmatchable("can never match", wide, here);
    assertUnmatchable("can never match", anywhere, here);
  }

  @Test
  void of_methodTwice_namesBothRules() {
    RouteRule first = rule("GET", "/a", "s");
    RouteRule second =
        new RouteRule(null, PathTemplate.parse("/a/"), Set.of("GET"), scopes("t"), false, Set.of());
    assertUnmatchable(
        "rule 2 (`GET /a`) can never match for GET: the same host and path have it already, in rule 1 (`GET /a`)",
        first,
        second);
  }

  @Test
  void of_shadowOfMany_namesThem() {
    assertUnmatchable(
        "rule 5 (`GET /a/**`) can never match: before it, and for all its paths (ignoring letter case), there is rule 1 (`GET /a`), rule 2 (`GET /a/{x}`), rule 3 (`GET /a/{x}/{y}`), …",
        rules("/a, /a/{x}, /a/{x}/{y}, /a/{x}/{y}/{z}/**", rule("GET", "/a/**", "s")));
  }

  @Test
  void of_rules_areTakenUpToTheMaximum() {
    List<RouteRule> most =
        IntStream.range(0, RouteTable.RULES_MAX).mapToObj(i -> rule("GET", "/" + i, "s")).toList();
    assertDoesNotThrow(() -> RouteTable.of(most));
    assertThrows(
        InvalidValueException.class,
        () -> RouteTable.of(Collections.nCopies(RouteTable.RULES_MAX + 1, most.getFirst())));
  }

  private static void assertUnmatchable(String problem, RouteRule... rules) {
    assertUnmatchable(problem, List.of(rules));
  }

  /** The last rule is refused, and no earlier one. */
  private static void assertUnmatchable(String problem, List<RouteRule> rules) {
    assertDoesNotThrow(() -> RouteTable.of(rules.subList(0, rules.size() - 1)));
    var refused = assertThrows(InvalidValueException.class, () -> RouteTable.of(rules));
    assertTrue(refused.problem().contains(problem), refused.problem());
  }

  private static List<RouteRule> rules(String earlier, RouteRule last) {
    var rules = new ArrayList<RouteRule>();
    for (String path : earlier.split(", *", -1)) {
      rules.add(rule("GET", path.strip(), "s"));
    }
    rules.add(last);
    return rules;
  }

  private static RouteRule rule(String method, String path, String scope) {
    return new RouteRule(
        null, PathTemplate.parse(path), Set.of(method), scopes(scope), false, Set.of());
  }

  private static RouteRule ruleOf(String host, String method, String path, String scope) {
    return new RouteRule(
        new HostName(host),
        PathTemplate.parse(path),
        Set.of(method),
        scopes(scope),
        false,
        Set.of());
  }

  private static List<Scope> scopes(String scope) {
    return List.of(new Scope(scope));
  }
}
