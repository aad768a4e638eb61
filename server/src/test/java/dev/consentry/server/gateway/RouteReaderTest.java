package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.yaml.Yaml;
import dev.consentry.server.yaml.YamlEntry;
import dev.consentry.server.yaml.YamlProblems;
import dev.consentry.server.yaml.YamlProblems.Place;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RouteReaderTest {
  private final YamlProblems problems = new YamlProblems(UnaryOperator.identity());

  @Test
  void table_wholeFile_isThoseRules() throws Exception {
    RouteTable table =
        table(
                """
                routes:
                  - { host: api.example.com, path: "/accounts/{account}/invoices/**", methods: [GET], scopes: [invoices.read] }
                  - { host: api.example.com, path: "/accounts/{account}/invoices/**", methods: [POST, PUT], scopes: [invoices.read, invoices.write] }
                  - { path: /status, methods: [GET], public: true }
                  - path: /packages/{id}/
                    methods: [GET]
                    scopes: [packages]
                    public: false
                    opaque: [";", "%2F"]
                """)
            .orElseThrow();
    assertEquals(List.of(), problems.all());

    var invoices = PathTemplate.parse("/accounts/{account}/invoices/**");
    var host = new HostName("api.example.com");
    var write = List.of(new Scope("invoices.read"), new Scope("invoices.write"));
    assertEquals(
        new Covered(
            new RouteRule(host, invoices, Set.of("PUT", "POST"), write, false, Set.of()), "acme"),
        table.match("POST", "api.example.com", "/accounts/acme/invoices/1"));
    assertEquals(
        new Covered(
            new RouteRule(
                null, PathTemplate.parse("/status"), Set.of("GET"), List.of(), true, Set.of()),
            null),
        table.match("GET", "any.example.com", "/status"));
    assertEquals(
        new Covered(
            new RouteRule(
                null,
                PathTemplate.parse("/packages/{id}"),
                Set.of("GET"),
                List.of(new Scope("packages")),
                false,
                Set.of(Opaque.SEMICOLON, Opaque.SLASH)),
            null),
        table.match("GET", "any.example.com", "/packages/a;b%2Fc"));
  }

  @Test
  void table_everythingWrong_isToldAtOnce() {
    Optional<RouteTable> table =
        table(
            """
            routes:
              - { path: /a, methods: [GET], scopes: [a] }
              - { host: API.example.com, path: a, methods: [get], scopes: ["a b"], public: yes, opaque: ["%3B"] }
              - { path: /b, methods: [GET, GET], scopes: [b, b] }
              - { path: "/{account}", methods: [GET], public: true }
              - { path: /c, methods: [GET], public: true, scopes: [c] }
              - { path: "/{x}/c", methods: [GET], public: true, opaque: [;] }
              - { path: /d, methods: [GET], scopes: [d], opaque: [;] }
              - { path: /e, methods: [GET] }
              - { path: /f, methods: [], scopes: [], colour: red }
              - { path: /A/, methods: [GET], scopes: [a] }
              - { path: /a, methods: [POST, GET], scopes: [a] }
              - /g
            """);
    assertEquals(
        List.of(
            "route 2, `host` (line 3): must be in lower case, without port and `.` at the end; is `API.example.com`",
            "route 2, `path` (line 3): must begin with `/`; is `a`",
            "route 2, `methods`, number 1 (line 3): must be a method of 1 to 32 upper-case letters and `-`; is `get`",
            "route 2, `public` (line 3): must be `true` or `false`; is `yes`",
            "route 2, `scopes`, number 1 (line 3): must be a scope-token of RFC 6749 (visible ASCII without `\"` and `\\`), has U+0020 at position 2; is `a b`",
            "route 2, `opaque`, number 1 (line 3): must be one of `;` and `%2F`; is `%3B`",
            "route 3, `methods`, number 2 (line 4): stands there twice; is `GET`",
            "route 3, `scopes`, number 2 (line 4): stands there twice; is `b`",
            "route 4 (line 5): must have no `{account}`, being public: there is no account to compare it with",
            "route 5 (line 6): must have no scopes, being public",
            "route 6 (line 7): must have no `opaque`, being public",
            "route 7 (line 8): must not have `opaque`: its path has no name and no `**`, which it would be for",
            "route 8 (line 9): must have `scopes`, a list",
            "route 9 (line 10): unknown key: `colour`; known are `host`, `path`, `methods`, `scopes`, `public`, `opaque`",
            "route 9, `methods` (line 10): must not be empty",
            "route 9, `scopes` (line 10): must not be empty",
            "route 10 (line 11): can never match: before it, and for all its paths (ignoring letter case), there is route 1 (line 2) (`GET /a`)",
            "route 11 (line 12): can never match for GET: the same host and path have it already, in route 1 (line 2) (`GET /a`)",
            "route 12 (line 13): must be `key: value`, the keys being `host`, `path`, `methods`, `scopes`, `public`, `opaque`"),
        problems.all());
    assertTrue(table.isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "routes: []                                 | must not be empty",
        "routes: x                                  | must be a list",
        "{}                                         | must have `routes`, a list",
        "routes: [x]                                | must be `key: value`",
        "routes: [{path: /a, methods: [GET], scopes: [s]}, x] | must be `key: value`",
        "routes: [{methods: [GET], scopes: [s]}]    | must have `path`",
        "routes: [{path: /a, scopes: [s]}]          | must have `methods`, a list",
        "routes: [{path: /a, methods: GET, scopes: [s]}] | must be a list",
        "routes: [{path: /a, methods: [GET], public: false}] | must have `scopes`, a list",
        "routes: [{path: /a, path: /b, methods: [GET], scopes: [s]}] | `path` stands there twice",
        "routes: [{path: /a/**/b, methods: [GET], scopes: [s]}] | must have no `*`"
      })
  void table_anythingWrong_isNoTable(String yaml, String part) {
    assertTrue(table(yaml).isEmpty());
    assertEquals(1, problems.all().size(), problems.all()::toString);
    assertTrue(problems.all().getFirst().contains(part), problems.all()::toString);
  }

  private Optional<RouteTable> table(String yaml) {
    try {
      Yaml document = Yaml.read(yaml).orElseThrow();
      return YamlEntry.read(document, new Place("", 1), List.of("routes"), problems)
          .flatMap(parent -> RouteReader.table(parent, "routes"));
    } catch (Yaml.UnreadableException e) {
      throw new AssertionError(e);
    }
  }
}
