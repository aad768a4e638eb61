package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RouteRuleTest {
  private static final List<Scope> SCOPE = List.of(new Scope("s"));

  @Test
  void new_methods_areTakenUpToTheMaximum() {
    assertDoesNotThrow(() -> rule(methods(RouteRule.METHODS_MAX), SCOPE));
    assertRefused("1 to 16 methods", () -> rule(methods(RouteRule.METHODS_MAX + 1), SCOPE));
    assertRefused("1 to 16 methods", () -> rule(Set.of(), SCOPE));

    String longest = "A".repeat(RouteRule.METHOD_LENGTH_MAX);
    assertDoesNotThrow(() -> rule(Set.of(longest), SCOPE));
    for (String method : List.of(longest + "A", "", "get", "GET ", "*", "-", "G\nT")) {
      assertRefused("must be a method", () -> rule(Set.of(method), SCOPE));
    }
  }

  @Test
  void new_scopes_areTakenUpToTheMaximum() {
    List<Scope> most =
        IntStream.range(0, CheckQuestion.SCOPES_PER_CHECK_MAX)
            .mapToObj(i -> new Scope("s" + i))
            .toList();
    assertDoesNotThrow(() -> rule(Set.of("GET"), most));
    List<Scope> more = IntStream.rangeClosed(0, 100).mapToObj(i -> new Scope("s" + i)).toList();
    assertRefused("1 to 100 scopes", () -> rule(Set.of("GET"), more));
    assertRefused("1 to 100 scopes", () -> rule(Set.of("GET"), List.of()));
    assertRefused(
        "each scope once", () -> rule(Set.of("GET"), List.of(SCOPE.get(0), SCOPE.get(0))));
  }

  @Test
  void new_publicRule_hasNothingThatItCannotKeep() {
    assertDoesNotThrow(() -> publicRule("/{x}/**", List.of(), Set.of()));
    assertRefused("no scopes", () -> publicRule("/{x}", SCOPE, Set.of()));
    assertRefused("no `opaque`", () -> publicRule("/{x}", List.of(), Set.of(Opaque.SLASH)));
    assertRefused("no `{account}`", () -> publicRule("/{account}", List.of(), Set.of()));
  }

  @Test
  void new_opaque_needsAPlace() {
    for (String path : List.of("/{x}", "/a/**", "/**")) {
      assertDoesNotThrow(() -> opaque(path));
    }
    assertRefused("`opaque`", () -> opaque("/a"));
    assertRefused("`opaque`", () -> opaque("/"));
  }

  @Test
  void toString_rule_isMethodsHostAndPath() {
    assertEquals("GET /a", rule(Set.of("GET"), SCOPE).toString());
    var rule =
        new RouteRule(
            new HostName("h.example"),
            PathTemplate.parse("/{x}/"),
            Set.of("PUT"),
            SCOPE,
            false,
            Set.of());
    assertEquals("PUT h.example/{x}", rule.toString());
  }

  private static Set<String> methods(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "M" + (char) ('A' + i))
        .collect(Collectors.toSet());
  }

  private static RouteRule rule(Set<String> methods, List<Scope> scopes) {
    return new RouteRule(null, PathTemplate.parse("/a"), methods, scopes, false, Set.of());
  }

  private static RouteRule publicRule(String path, List<Scope> scopes, Set<Opaque> opaque) {
    return new RouteRule(null, PathTemplate.parse(path), Set.of("GET"), scopes, true, opaque);
  }

  private static RouteRule opaque(String path) {
    return new RouteRule(
        null, PathTemplate.parse(path), Set.of("GET"), SCOPE, false, Set.of(Opaque.SEMICOLON));
  }

  private static void assertRefused(String part, Runnable making) {
    var refused = assertThrows(InvalidValueException.class, making::run);
    assertTrue(refused.problem().contains(part), refused.problem());
  }
}
