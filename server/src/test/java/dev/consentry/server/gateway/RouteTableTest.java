package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.RouteMatch.Ambiguous;
import dev.consentry.server.gateway.RouteMatch.Covered;
import dev.consentry.server.gateway.RouteMatch.NotCovered;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RouteTableTest {
  private static final String HOST = "api.example.com";

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/status, /status",
    "/status, /status/",
    "/status/, /status",
    "/status, /status?x=/y",
    "/status, /%73tatus",
    "/%73tatus, /status",
    "/caf%c3%a9, /caf%C3%A9",
    "/a%20b, /a%20b",
    "/{id}, /x",
    "/{id}, /%2A",
    "/a/{id}, /a/b/",
    "/{x}/{y}, /a/b",
    "/**, /",
    "/**, /a",
    "/**, /a/b/c/",
    "/a/**, /a",
    "/a/**, /a/",
    "/a/**, /a/b",
    "/a/{id}/b/**, /a/1/b",
    "/a/{id}/b/**, /a/1/b/2/3"
  })
  void match_pathLikeTheTemplate_isCovered(String template, String target)
      throws UnsafeRequestException {
    RouteRule rule = rule("GET", template, "s");
    assertEquals(new Covered(rule, null), RouteTable.of(List.of(rule)).match("GET", HOST, target));
  }

  @ParameterizedTest
  @CsvSource({
    "/, /a",
    "/status, /",
    "/status, /statuses",
    "/status, /statu",
    "/status, /status/x",
    "/status, /Status",
    "/a%20b, /a+b",
    "/a%40b, /a@b",
    "/{id}, /",
    "/{id}, /a/b",
    "/a/{id}, /a",
    "/a/{id}, /a/",
    "/a/{id}, /ab",
    "/a/**, /ab",
    "/a/**, /",
    "/a/{id}/**, /a",
    "/a/{id}/b, /a/1/2/b"
  })
  void match_otherPath_isNotCovered(String template, String target) throws UnsafeRequestException {
    RouteRule rule = rule("GET", template, "s");
    assertEquals(new NotCovered(), RouteTable.of(List.of(rule)).match("GET", HOST, target));
  }

  @ParameterizedTest
  @CsvSource({
    "/accounts/{account}/x, /accounts/acme/x, acme",
    "/accounts/{account}, /accounts/acme/, acme",
    "/{account}/**, /acme, acme",
    "/{x}/{account}, /a/b?c, b",
    "/{account}, /%41c%4De, AcMe",
    "/{account}, /a%40b%20c, a@b c",
    "/{account}, /100%25, 100%",
    "/{account}, /%C3%A9, é"
  })
  void match_account_isDecodedOnce(String template, String target, String account)
      throws UnsafeRequestException {
    RouteRule rule = rule("GET", template, "s");
    assertEquals(
        new Covered(rule, account), RouteTable.of(List.of(rule)).match("GET", HOST, target));
  }

  @Test
  void match_severalRules_areAskedInOrder() throws UnsafeRequestException {
    RouteRule me = rule("GET", "/users/me", "own");
    RouteRule user = rule("GET", "/users/{id}", "users");
    RouteRule rest = rule("GET", "/users/**", "admin");
    var table = RouteTable.of(List.of(me, user, rest));
    assertEquals(new Covered(me, null), table.match("GET", HOST, "/users/me"));
    assertEquals(new Covered(user, null), table.match("GET", HOST, "/users/mex"));
    assertEquals(new Covered(rest, null), table.match("GET", HOST, "/users"));
    assertEquals(new Covered(rest, null), table.match("GET", HOST, "/users/me/x"));
  }

  @Test
  void match_methodOfAWeakerRuleBelow_isNotCovered() throws UnsafeRequestException {
    RouteRule read = rule("GET", "/invoices/{id}", "read");
    RouteRule any = rule("GET", "/**", "any");
    RouteRule write = rule("PUT", "/invoices/{id}", "write");
    var post =
        new RouteRule(
            null,
            PathTemplate.parse("/invoices/{other}"),
            Set.of("POST"),
            scopes("x"),
            false,
            Set.of());
    var table = RouteTable.of(List.of(read, any, write));
    assertEquals(new Covered(write, null), table.match("PUT", HOST, "/invoices/1"));
    assertEquals(new NotCovered(), table.match("POST", HOST, "/invoices/1"));
    assertEquals(new NotCovered(), table.match("PUT", HOST, "/x"));
    // The same paths under another name are another template, which is never reached.
    assertThrows(InvalidValueException.class, () -> RouteTable.of(List.of(read, any, write, post)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "Get", "GETX", "", " GET", "OPTIONS", "POST", "HEAD "})
  void match_anotherMethod_isNotCovered(String method) throws UnsafeRequestException {
    var table = RouteTable.of(List.of(rule("GET", "/a", "s")));
    assertEquals(new NotCovered(), table.match(method, HOST, "/a"));
  }

  @Test
  void match_head_isCoveredByGet() throws UnsafeRequestException {
    RouteRule get = rule("GET", "/a", "s");
    RouteRule post = rule("POST", "/b", "s");
    var table = RouteTable.of(List.of(get, post));
    assertEquals(new Covered(get, null), table.match("HEAD", HOST, "/a"));
    assertEquals(new NotCovered(), table.match("HEAD", HOST, "/b"));
  }

  @Test
  void match_headBeforeGet_hasARuleOfItsOwn() throws UnsafeRequestException {
    RouteRule head = rule("HEAD", "/a", "h");
    RouteRule get = rule("GET", "/a", "g");
    var table = RouteTable.of(List.of(head, get));
    assertEquals(new Covered(head, null), table.match("HEAD", HOST, "/a"));
    assertEquals(new Covered(get, null), table.match("GET", HOST, "/a"));
    assertThrows(InvalidValueException.class, () -> RouteTable.of(List.of(get, head)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"api.example.com", "API.Example.com", "api.example.com.", "API.example.com.:80"})
  void match_hostInOddSpelling_isThatHost(String host) throws UnsafeRequestException {
    RouteRule there = ruleOf(HOST, "GET", "/a", "there");
    RouteRule anywhere = rule("GET", "/a", "anywhere");
    var table = RouteTable.of(List.of(there, anywhere));
    assertEquals(new Covered(there, null), table.match("GET", host, "/a"));
    assertEquals(new NotCovered(), table.match("POST", host, "/a"));
    assertEquals(new Covered(anywhere, null), table.match("GET", "x." + host, "/a"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "api.example.com/", "api.example.com,x", "a@b"})
  void match_noHost_isUnsafe(String host) {
    var table = RouteTable.of(List.of(rule("GET", "/**", "s")));
    assertThrows(UnsafeRequestException.class, () -> table.match("GET", host, "/a"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/Admin/x",
        "/ADMIN",
        "/%41dmin/x",
        "/adm%C4%B1n/x",
        "/adm%C4%B0n/x",
        "/u/%40me",
        "/u/%40ME",
        "/%E2%84%AAeys",
        "/caf%C3%89"
      })
  void match_pathThatALaxUpstreamTakesForAnEarlierRule_isAmbiguous(String target)
      throws UnsafeRequestException {
    var table =
        RouteTable.of(
            List.of(
                rule("GET", "/admin/**", "admin"),
                rule("GET", "/u/@me", "own"),
                rule("GET", "/keys", "keys"),
                rule("GET", "/caf%c3%a9", "coffee"),
                rule("GET", "/**", "any")));
    assertEquals(new Ambiguous(), table.match("GET", HOST, target));
    assertEquals(new Ambiguous(), table.match("POST", HOST, target));
  }

  @Test
  void match_otherCase_isFineWhereNoEarlierRuleIsOfThatHost() throws UnsafeRequestException {
    RouteRule admin = ruleOf("admin.example.com", "GET", "/admin", "admin");
    RouteRule any = rule("GET", "/**", "any");
    RouteRule last = rule("GET", "/last", "last");
    var table = RouteTable.of(List.of(admin, any));
    assertEquals(new Covered(any, null), table.match("GET", HOST, "/Admin"));
    assertEquals(new Ambiguous(), table.match("GET", "Admin.example.com", "/Admin"));
    assertEquals(new NotCovered(), RouteTable.of(List.of(last)).match("GET", HOST, "/LAST"));
  }

  @Test
  void match_opaque_isAllowedByTheRuleThatHoldsOnly() throws UnsafeRequestException {
    RouteRule open = opaque("GET", "/p/{id}", Opaque.SEMICOLON, Opaque.SLASH);
    RouteRule closed = rule("PUT", "/p/{id}", "s");
    RouteRule rest = opaque("GET", "/q/{account}/**", Opaque.SLASH);
    RouteRule strict = rule("GET", "/r/{id}", "s");
    RouteRule late = opaque("GET", "/r/**", Opaque.SEMICOLON);
    var table = RouteTable.of(List.of(open, closed, rest, strict, late));

    assertEquals(new Covered(open, null), table.match("GET", HOST, "/p/a;b%2fc"));
    assertEquals(new Covered(open, null), table.match("HEAD", HOST, "/p/https:%2F%2Fx%2F"));
    assertEquals(new Covered(rest, "a/b"), table.match("GET", HOST, "/q/a%2Fb/%2F"));
    assertEquals(new Covered(late, null), table.match("GET", HOST, "/r/x/y;z"));
    for (String[] refused :
        new String[][] {
          {"PUT", "/p/a;b"},
          {"POST", "/p/a;b"},
          {"GET", "/p/a%2F..%2Fb"},
          {"GET", "/p/..;x"},
          {"GET", "/p/a%3Bb"},
          {"GET", "/p;x/a"},
          {"GET", "/q/a;b/c"},
          {"GET", "/r/y;z"},
          {"GET", "/r/x/y%2Fz"},
          {"GET", "/nowhere;x"},
          {"GET", "/nowhere%2Fx"}
        }) {
      assertThrows(
          UnsafeRequestException.class,
          () -> table.match(refused[0], HOST, refused[1]),
          () -> String.join(" ", refused));
    }
  }

  @Test
  void match_noRules_coverNothing() throws UnsafeRequestException {
    assertEquals(new NotCovered(), RouteTable.of(List.of()).match("GET", HOST, "/"));
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

  private static RouteRule opaque(String method, String path, Opaque... opaque) {
    return new RouteRule(
        null, PathTemplate.parse(path), Set.of(method), scopes("s"), false, Set.of(opaque));
  }

  private static List<Scope> scopes(String scope) {
    return List.of(new Scope(scope));
  }
}
