package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.Door.CallerBy;
import dev.consentry.server.gateway.Door.Family;
import dev.consentry.server.gateway.Door.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request needs at a door, whoever it is from. */
final class DoorTest {
  private static final RouteTable ROUTES =
      RouteTable.of(
          List.of(
              rule("/{account}/mail", List.of(new Scope("read")), false),
              rule("/status", List.of(), true)));

  private static RouteRule rule(String path, List<Scope> scopes, boolean isPublic) {
    return new RouteRule(null, PathTemplate.parse(path), Set.of("GET"), scopes, isPublic, Set.of());
  }

  /** A request whose headers are names alone. */
  private record Told(String method, String host, String target, Set<String> names)
      implements AppRequest {
    static Told get(String target, String... names) {
      return new Told("GET", "api.example.com", target, Set.of(names));
    }

    @Override
    public boolean has(String lowerCaseName) {
      return names.stream().anyMatch(name -> AppRequest.isLike(name, lowerCaseName));
    }

    @Override
    public String one(String lowerCaseName) {
      return names.contains(lowerCaseName) ? "x" : null;
    }
  }

  @Test
  void need_routes_isThatOfTheRule() throws Exception {
    Door door = door(new SubjectSource.Fixed(), new ScopeSource.Routes(), false);
    Door.Need need = door.need(Told.get("/acme/mail?x"), Map.of(), ROUTES);
    assertEquals(new Door.Need(List.of(new Scope("read")), "acme"), need);
    assertTrue(door.need(Told.get("/status"), Map.of(), ROUTES).isPublic());
    assertRefused(Reason.ROUTE_NOT_COVERED, door, Told.get("/x"), Map.of());
    assertRefused(Reason.UNSAFE_REQUEST, door, Told.get("//status"), Map.of());
  }

  @Test
  void need_publicRuleAndUnknownWordsOfTheGateway_isRefused() {
    Door door = door(new SubjectSource.Peer(template()), new ScopeSource.Routes(), false);
    for (String key : List.of("app", "account", "scopes", "door", "")) {
      assertRefused(Reason.BAD_DOOR_CONFIGURATION, door, Told.get("/status"), Map.of(key, "x"));
    }
  }

  @Test
  void need_gatewaySaysScopes_areThoseInTheirOrder() throws Exception {
    Door door = door(new SubjectSource.Fixed(), new ScopeSource.Gateway(null), false);
    Door.Need need = door.need(Told.get("/x"), Map.of("scopes", "write read"), ROUTES);
    assertEquals(List.of(new Scope("write"), new Scope("read")), need.scopes());
    String most = scopes(CheckQuestion.SCOPES_PER_CHECK_MAX);
    assertEquals(100, door.need(Told.get("/x"), Map.of("scopes", most), ROUTES).scopes().size());
    assertRefused(
        Reason.BAD_DOOR_CONFIGURATION,
        door,
        Told.get("/x"),
        Map.of("scopes", scopes(CheckQuestion.SCOPES_PER_CHECK_MAX + 1)));
  }

  private static String scopes(int count) {
    return IntStream.range(0, count).mapToObj("s%d"::formatted).collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "read ", " read", "read  write", "read read", "re\"ad", "a\tb"})
  void need_gatewaySaysNoScopes_isRefused(String scopes) {
    Door door = door(new SubjectSource.Fixed(), new ScopeSource.Gateway(null), false);
    assertRefused(Reason.BAD_DOOR_CONFIGURATION, door, Told.get("/x"), Map.of("scopes", scopes));
  }

  @Test
  void need_tenant_isReadAtItsPlace() throws Exception {
    var source = new ScopeSource.Gateway(PathTemplate.parse("/t/{account}/**"));
    Door door = door(new SubjectSource.Fixed(), source, false);
    Map<String, String> said = Map.of("scopes", "read");
    assertEquals("a/b".replace("/", "."), door.need(Told.get("/t/a.b/x"), said, ROUTES).account());
    assertEquals("acme", door.need(Told.get("/t/acme"), said, ROUTES).account());
    assertRefused(Reason.ROUTE_NOT_COVERED, door, Told.get("/u/acme"), said);
    assertRefused(Reason.UNSAFE_REQUEST, door, Told.get("/t/a%2Fb"), said);
  }

  @ParameterizedTest
  @CsvSource({
    "X-HTTP-Method-Override",
    "x-http-method",
    "x_method_override",
    "X.Original.URL",
    "X-Rewrite_URL"
  })
  void need_override_isRefusedUnlessTheDoorListsIt(String header) throws Exception {
    Door door = door(new SubjectSource.Fixed(), fixed(), false);
    assertRefused(Reason.UNSAFE_REQUEST, door, Told.get("/x", header), Map.of());
    Door listing =
        new Door(
            "a",
            Kind.EXT_AUTHZ,
            Family.X_ORIGINAL,
            CallerBy.NOBODY_ASKS,
            new SubjectSource.Fixed(),
            fixed(),
            Set.copyOf(Door.OVERRIDES),
            false,
            null,
            null);
    assertFalse(listing.need(Told.get("/x", header), Map.of(), ROUTES).isPublic());
  }

  /** `/status` is public, and an upstream that heeds the header would serve another path. */
  @Test
  void need_publicRuleThatIsOverridden_isRefused() throws Exception {
    Door listing =
        new Door(
            "a",
            Kind.EXT_AUTHZ,
            Family.X_ORIGINAL,
            CallerBy.NOBODY_ASKS,
            new SubjectSource.Fixed(),
            new ScopeSource.Routes(),
            Set.copyOf(Door.OVERRIDES),
            false,
            null,
            null);
    assertTrue(listing.need(Told.get("/status"), Map.of(), ROUTES).isPublic());
    for (String header : Door.OVERRIDES) {
      assertRefused(Reason.UNSAFE_REQUEST, listing, Told.get("/status", header), Map.of());
    }
  }

  @Test
  void need_preflight_isNothingWhereItIsAllowed() throws Exception {
    var preflight =
        new Told(
            "OPTIONS",
            "api.example.com",
            "/acme/mail",
            Set.of("origin", "access-control-request-method"));
    for (ScopeSource scopes :
        List.of(fixed(), new ScopeSource.Routes(), new ScopeSource.Gateway(null))) {
      Door door = door(new SubjectSource.Fixed(), scopes, true);
      assertTrue(door.need(preflight, Map.of(), ROUTES).isPublic(), scopes::toString);
      var unsafe = new Told("OPTIONS", "api.example.com", "/a/../b", preflight.names());
      assertRefused(Reason.UNSAFE_REQUEST, door, unsafe, Map.of());
      var noHost = new Told("OPTIONS", "", "/a", preflight.names());
      assertRefused(Reason.UNSAFE_REQUEST, door, noHost, Map.of());
    }
    Door without = door(new SubjectSource.Fixed(), new ScopeSource.Routes(), false);
    assertRefused(Reason.ROUTE_NOT_COVERED, without, preflight, Map.of());
    Door with = door(new SubjectSource.Fixed(), new ScopeSource.Routes(), true);
    assertRefused(Reason.BAD_DOOR_CONFIGURATION, with, preflight, Map.of("x", "y"));
    for (String missing : preflight.names()) {
      var one =
          new Told(
              "OPTIONS",
              "api.example.com",
              "/acme/mail",
              preflight.names().stream()
                  .filter(name -> !name.equals(missing))
                  .collect(Collectors.toSet()));
      assertRefused(Reason.ROUTE_NOT_COVERED, with, one, Map.of());
    }
  }

  /** What an upstream would take for another request is not let through unseen. */
  @Test
  void need_preflightThatOverrides_isNoPreflight() throws Exception {
    Door door =
        new Door(
            "a",
            Kind.EXT_AUTHZ,
            Family.X_ORIGINAL,
            CallerBy.NOBODY_ASKS,
            new SubjectSource.Fixed(),
            fixed(),
            Set.copyOf(Door.OVERRIDES),
            true,
            null,
            null);
    for (String override : Door.OVERRIDES) {
      var names = Set.of("origin", "access-control-request-method", override);
      var request = new Told("OPTIONS", "api.example.com", "/acme/mail", names);
      assertFalse(door.need(request, Map.of(), ROUTES).isPublic(), override);
    }
  }

  @Test
  void isLike_names_differInCaseAndSeparatorsOnly() {
    assertTrue(AppRequest.isLike("X.Http_METHOD", "x-http-method"));
    assertFalse(AppRequest.isLike("x-http-method2", "x-http-method"));
    assertFalse(AppRequest.isLike("xxhttp-method", "x-http-method"));
    assertFalse(AppRequest.isLike("x-httq-method", "x-http-method"));
    assertFalse(AppRequest.isLike("X\u212A", "xk"), "no other alphabet");
  }

  private static ScopeSource fixed() {
    return new ScopeSource.Fixed(List.of(new Scope("read")));
  }

  private static PrincipalTemplate template() {
    return PrincipalTemplate.parse("spiffe://x/{app}/{account}");
  }

  private static Door door(SubjectSource subject, ScopeSource scopes, boolean preflight) {
    return new Door(
        "a",
        Kind.EXT_AUTHZ,
        Family.X_ORIGINAL,
        CallerBy.NOBODY_ASKS,
        subject,
        scopes,
        Set.of(),
        preflight,
        null,
        null);
  }

  private static void assertRefused(
      Reason reason, Door door, AppRequest request, Map<String, String> said) {
    var e = assertThrows(NotLetThroughException.class, () -> door.need(request, said, ROUTES));
    assertEquals(reason, e.reason(), e::detail);
  }
}
