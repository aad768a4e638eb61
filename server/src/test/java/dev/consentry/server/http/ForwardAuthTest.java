package dev.consentry.server.http;

import static dev.consentry.server.door.TestGateway.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.door.Doors;
import dev.consentry.server.door.TestGateway;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.http.AuthzRequest.Reply;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.rpc.TestServer;
import dev.consentry.server.table.DecisionPoint;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Forward auth over a real port, in front of a real table and store, where nobody asks who calls.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ForwardAuthTest {
  private static final String SECTION =
      """
      gateway:
        doors:
          nginx:
            kind: forward-auth
            family: x-original
            caller: none
            subject: { source: token, issuers: [{ issuer: "https://id.example.com", jwks: JWKS, audiences: [api] }], app: azp, account: org_id }
            scopes: routes
            resource_metadata: https://api.example.com/meta
          caddy:
            kind: forward-auth
            family: x-forwarded
            caller: none
            subject: { source: headers, app: x-app, account: x-account, trusted: true }
            scopes: [read]
            preflight: allow
          edge: { kind: ext_authz, subject: { source: headers, app: x-app, account: x-account, trusted: true }, scopes: [read] }
        routes:
          - { path: /mail, methods: [GET], scopes: [read] }
          - { path: /mail, methods: [PUT], scopes: [read, write] }
          - { path: "/accounts/{account}/**", methods: [GET], scopes: [read] }
          - { path: /status, methods: [GET], public: true }
      """;

  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final TestServer server = TestServer.start();
  private TestGateway gateway;
  private HttpPort port;
  private volatile UnaryOperator<HttpCall> change = call -> call;
  private volatile ForwardAuth service;

  /** A request, and what comes back. */
  private record Case(String name, AuthzRequest request, String told) {}

  @BeforeAll
  void open(@TempDir Path folder) throws IOException {
    for (String app : List.of("mail", "gone")) {
      server.putApp(app, List.of("read"), List.of("write"));
      server.grant("acme", app);
    }
    server.revoke("acme", "gone");
    gateway = new TestGateway(SECTION, new Around(false, false), folder);
    service = service(server.open(gateway, gateway.tokens()));
    port =
        HttpPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            HttpLimits.DEFAULT,
            List.of(
                new HttpRoute(
                    ForwardAuth.PATH,
                    service.route().methods(),
                    call -> service.answer(change.apply(call)))));
  }

  @BeforeEach
  void changeNothing() {
    change = call -> call;
  }

  @AfterAll
  void close() {
    port.close();
    server.close();
    gateway.close();
    virtualThreads.close();
  }

  private ForwardAuth service(Doors doors) {
    return new ForwardAuth(gateway, doors, new HttpCallers(null, virtualThreads), virtualThreads);
  }

  private static AuthzRequest nginx(String uri) {
    return AuthzRequest.original("nginx", uri)
        .with("Authorization", "Bearer " + token("mail", "acme", "read write"));
  }

  private static AuthzRequest caddy(String uri) {
    return AuthzRequest.forwarded("caddy", uri).with("X-App", "mail").with("X-Account", "acme");
  }

  private static final List<Case> CASES = List.copyOf(everyCase());

  private static List<Case> cases() {
    return CASES;
  }

  private static List<Case> everyCase() {
    var cases = new ArrayList<Case>();
    cases.add(new Case("allowed", nginx("/mail"), "204 allow"));
    cases.add(
        new Case("any query", nginx("/mail").to("/authz/nginx?door=caddy&scopes=x"), "204 allow"));
    cases.add(new Case("HEAD", nginx("/mail").by("HEAD"), "204 allow"));
    cases.add(new Case("POST", nginx("/mail").by("POST").with("Content-Length", "0"), "204 allow"));
    cases.add(
        new Case(
            "about a HEAD",
            nginx("/mail").without("X-Original-Method").with("X-Original-Method", "HEAD"),
            "204 allow"));
    cases.add(new Case("public", AuthzRequest.original("nginx", "/status?a=b"), "204 public"));
    cases.add(new Case("headers", caddy("/x"), "204 allow"));
    cases.add(new Case("header missing", caddy("/x").without("X-App"), "403 SUBJECT_NOT_FOUND"));
    cases.add(new Case("header twice", caddy("/x").with("x-app", "mail"), "403 UNSAFE_REQUEST"));
    cases.add(new Case("no token", AuthzRequest.original("nginx", "/mail"), "401 NO_TOKEN"));
    cases.add(
        new Case(
            "bad token",
            AuthzRequest.original("nginx", "/mail").with("Authorization", "Bearer x"),
            "401 INVALID_TOKEN"));
    cases.add(
        new Case(
            "two tokens", nginx("/mail").with("authorization", "Bearer x"), "403 UNSAFE_REQUEST"));
    cases.add(
        new Case(
            "the gateway's header is not the app's",
            AuthzRequest.original("nginx", "/mail")
                .with("Consentry-Authorization", "Bearer " + token("mail", "acme", "read")),
            "401 NO_TOKEN"));
    cases.add(
        new Case(
            "revoked",
            AuthzRequest.original("nginx", "/mail")
                .with("Authorization", "Bearer " + token("gone", "acme", "read")),
            "403 GRANT_REVOKED"));
    cases.add(
        new Case(
            "scope",
            nginx("/mail").without("X-Original-Method").with("X-Original-Method", "PUT"),
            "403 SCOPE_NOT_GRANTED"));
    cases.add(new Case("another account", nginx("/accounts/globex/x"), "403 ACCOUNT_MISMATCH"));
    cases.add(new Case("not covered", nginx("/nothing"), "403 ROUTE_NOT_COVERED"));
    for (String path : List.of("//mail", "/x/../mail", "/mail;x", "/mail%2F", "http://x/mail")) {
      cases.add(new Case("path " + path, nginx(path), "403 UNSAFE_REQUEST"));
      cases.add(new Case("path without rules " + path, caddy(path), "403 UNSAFE_REQUEST"));
    }
    families(cases);
    doors(cases);
    return cases;
  }

  private static void families(List<Case> cases) {
    for (String part : List.of("Method", "URI", "Host")) {
      String name = "X-Original-" + part;
      AuthzRequest without = nginx("/mail").without(name);
      cases.add(new Case("without " + name, without, "403 UNSAFE_REQUEST"));
      cases.add(new Case(name + " empty", without.with(name, ""), "403 UNSAFE_REQUEST"));
      String value =
          switch (part) {
            case "Method" -> "GET";
            case "URI" -> "/mail";
            default -> "api.example.com";
          };
      cases.add(new Case(name + " twice", nginx("/mail").with(name, value), "403 UNSAFE_REQUEST"));
      cases.add(
          new Case(
              name + " of the other family",
              without.with("X-Forwarded-" + part, value),
              "403 UNSAFE_REQUEST"));
      cases.add(
          new Case(
              name + " by an alias",
              without.with(name.replace('-', '_'), value),
              "403 UNSAFE_REQUEST"));
    }
    cases.add(
        new Case(
            "the other family is ignored",
            nginx("/nothing")
                .with("X-Forwarded-Uri", "/mail")
                .with("X-Forwarded-Method", "GET")
                .with("X-Forwarded-Host", "api.example.com"),
            "403 ROUTE_NOT_COVERED"));
    cases.add(
        new Case("whatever it says", nginx("/mail").with("X-Forwarded-Uri", "//"), "204 allow"));
    cases.add(
        new Case(
            "Caddy's with a stranger's",
            caddy("/x").with("X-Original-URI", "//").with("X-Original-Method", "x"),
            "204 allow"));
    for (String override :
        List.of(
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
            "X-Original-URL",
            "X-Rewrite-URL",
            "X_HTTP_Method",
            "x.rewrite.url")) {
      cases.add(
          new Case("override " + override, caddy("/x").with(override, "x"), "403 UNSAFE_REQUEST"));
    }
    AuthzRequest options =
        AuthzRequest.forwarded("caddy", "/x")
            .without("X-Forwarded-Method")
            .with("X-Forwarded-Method", "OPTIONS")
            .with("Origin", "https://x");
    cases.add(
        new Case("preflight", options.with("Access-Control-Request-Method", "PUT"), "204 public"));
    cases.add(new Case("no preflight", options, "403 SUBJECT_NOT_FOUND"));
    cases.add(
        new Case(
            "what a client says of itself",
            AuthzRequest.forwarded("caddy", "/x")
                .with("consentry-app", "mail")
                .with("consentry-account", "acme"),
            "403 SUBJECT_NOT_FOUND"));
  }

  private static void doors(List<Case> cases) {
    for (String target :
        List.of(
            "/authz/",
            "/authz/nowhere",
            "/authz/Caddy",
            "/authz/caddy/",
            "/authz/%63addy",
            "/authz/nowhere?door=caddy",
            "/authz/caddy;x",
            "/authz/edge")) {
      cases.add(new Case("door " + target, caddy("/x").to(target), "403 BAD_DOOR_CONFIGURATION"));
    }
  }

  @Test
  void answer_everyCase_isAnsweredSo() throws IOException {
    var wrong = new LinkedHashMap<String, String>();
    for (Case one : cases()) {
      Reply reply = one.request().send(port.address());
      String told =
          one.request().method().equals("HEAD") && reply.status() >= 400
              ? one.told()
              : reply.told();
      if (!told.equals(one.told())) {
        wrong.put(one.name(), told + " instead of " + one.told());
      }
      assertEquals(List.of("no-store"), reply.headers().get("cache-control"), one.name());
    }
    assertEquals(Map.of(), wrong);
  }

  /** With one rule less. */
  record Mutant(String name, UnaryOperator<HttpCall> change) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Mutant> mutants() {
    return List.of(
        new Mutant(
            "takes the first of several",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    return super.headers(name).stream().limit(1).toList();
                  }
                }),
        new Mutant(
            "falls back to the other family",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    List<String> own = super.headers(name);
                    return own.isEmpty() ? super.headers(other(name)) : own;
                  }
                }),
        new Mutant(
            "prefers the other family",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    List<String> others = super.headers(other(name));
                    return others.isEmpty() ? super.headers(name) : others;
                  }
                }),
        new Mutant(
            "knows aliases of its family",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    List<String> own = super.headers(name);
                    return own.isEmpty() ? super.headers(name.replace('-', '_')) : own;
                  }
                }),
        new Mutant(
            "takes an empty method",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    List<String> own = super.headers(name);
                    return own.equals(List.of("")) ? List.of("GET") : own;
                  }
                }),
        new Mutant(
            "takes no offence at overrides",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headerNames() {
                    return List.of();
                  }
                }),
        new Mutant(
            "knows no aliases of overrides",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headerNames() {
                    return super.headerNames().stream()
                        .filter(name -> !name.contains("_") && !name.contains("."))
                        .toList();
                  }
                }),
        new Mutant(
            "finds the door in the query",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public String path() {
                    String query = super.query();
                    return query != null && query.startsWith("door=")
                        ? ForwardAuth.PATH + query.substring("door=".length())
                        : super.path();
                  }
                }),
        path("decodes the path", path -> URLDecoder.decode(path, StandardCharsets.UTF_8)),
        path("ignores letter case", path -> path.toLowerCase(Locale.ROOT)),
        path("ignores a slash at the end", path -> path.replaceFirst("(.)/$", "$1")),
        path("cuts off parameters", path -> path.replaceFirst(";.*", "")),
        new Mutant(
            "takes the gateway's header for the app's",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    List<String> own = super.headers(name);
                    return own.isEmpty() && name.equals("authorization")
                        ? super.headers(HttpCallers.GATEWAY_AUTHORIZATION)
                        : own;
                  }
                }),
        new Mutant(
            "believes what a client says of itself",
            call ->
                new ForwardedCall(call) {
                  @Override
                  public List<String> headers(String name) {
                    List<String> own = super.headers(name);
                    return own.isEmpty() ? super.headers(name.replace("x-", "consentry-")) : own;
                  }
                }));
  }

  private static Mutant path(String name, UnaryOperator<String> how) {
    return new Mutant(
        name,
        call ->
            new ForwardedCall(call) {
              @Override
              public String path() {
                return how.apply(super.path());
              }
            });
  }

  private static String other(String name) {
    return name.startsWith("x-original-")
        ? name.replace("x-original-", "x-forwarded-")
        : name.replace("x-forwarded-", "x-original-");
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void answer_ruleLeftOut_isFound(Mutant mutant) throws IOException {
    change = mutant.change();
    var passed = new ArrayList<String>();
    for (Case one : cases()) {
      if (!one.told().startsWith("204") && one.request().send(port.address()).status() == 204) {
        passed.add(one.name());
      }
    }
    assertFalse(passed.isEmpty(), "it lets nothing through that the rules do not");
  }

  @Test
  void answer_allowed_saysForWhom() throws IOException {
    Reply reply = nginx("/mail").send(port.address());
    assertEquals(List.of("mail"), reply.headers().get("consentry-app"));
    assertEquals(List.of("acme"), reply.headers().get("consentry-account"));
    assertEquals(List.of("read"), reply.headers().get("consentry-scopes"));
    assertTrue(
        reply.headers().get("consentry-revision").getFirst().matches("[A-Za-z0-9_-]{16}-\\d+"));
    assertEquals("", reply.body());
  }

  @Test
  void answer_public_saysFourTimesNothing() throws IOException {
    Reply reply =
        AuthzRequest.original("nginx", "/status").with("consentry-app", "x").send(port.address());
    for (String name : List.of("app", "account", "scopes", "revision")) {
      assertEquals(List.of(""), reply.headers().get("consentry-" + name), name);
    }
  }

  @Test
  void answer_refused_hasChallengeAndProblem() throws IOException {
    Reply reply = AuthzRequest.original("nginx", "/mail").send(port.address());
    assertEquals(List.of("application/problem+json"), reply.headers().get("content-type"));
    assertEquals(
        List.of("Bearer resource_metadata=\"https://api.example.com/meta\""),
        reply.headers().get("www-authenticate"));
    Reply head = AuthzRequest.original("nginx", "/mail").by("HEAD").send(port.address());
    assertEquals(401, head.status());
    assertEquals("", head.body());
    assertEquals(reply.headers().get("content-length"), head.headers().get("content-length"));
    assertEquals(
        List.of(
            "Bearer error=\"insufficient_scope\", scope=\"read write\", resource_metadata=\"https://api.example.com/meta\""),
        nginx("/mail")
            .without("X-Original-Method")
            .with("X-Original-Method", "PUT")
            .send(port.address())
            .headers()
            .get("www-authenticate"));
  }

  @Test
  void answer_revokedOneCallAgo_isRefusedAtOnce() throws IOException {
    server.grant("fresh", "mail");
    AuthzRequest request =
        AuthzRequest.forwarded("caddy", "/x").with("X-App", "mail").with("X-Account", "fresh");
    assertEquals("204 allow", request.send(port.address()).told());
    server.revoke("fresh", "mail");
    assertEquals("403 GRANT_REVOKED", request.send(port.address()).told());
  }

  @Test
  void answer_cannotDecide_isUnavailable() throws IOException {
    var failures =
        Map.of(
            new RefusedException(new Refusal.TooStale()), "STALE",
            new RefusedException(new Refusal.StoreUnavailable()), "STORE_UNAVAILABLE",
            new RefusedException(new Refusal.Overloaded(Duration.ofSeconds(1))), "OVERLOADED",
            new TimeoutException(), "STORE_UNAVAILABLE",
            new RejectedExecutionException(), "SHUTTING_DOWN");
    ForwardAuth right = service;
    try {
      for (var failure : failures.entrySet()) {
        service = service(failing(failure.getKey()));
        Reply reply = caddy("/x").send(port.address());
        assertEquals("503 " + failure.getValue(), reply.told());
        assertEquals(List.of("1"), reply.headers().get("retry-after"));
        assertEquals(List.of("no-store"), reply.headers().get("cache-control"));
      }
      service = service(failing(new IllegalStateException("a bug, and a secret")));
      Reply reply = caddy("/x").send(port.address());
      assertEquals(500, reply.status());
      assertFalse(reply.body().contains("secret"), reply.body());
    } finally {
      service = right;
    }
  }

  /** Doors whose table knows nothing, and cannot ask. */
  private Doors failing(Throwable failure) {
    var table =
        (DecisionPoint)
            Proxy.newProxyInstance(
                DecisionPoint.class.getClassLoader(),
                new Class<?>[] {DecisionPoint.class},
                (_, method, _) ->
                    method.getName().equals("answer")
                        ? CompletableFuture.failedFuture(failure)
                        : null);
    return new Doors(
        gateway,
        gateway.tokens(),
        table,
        _ -> table,
        InstantSource.system(),
        new Counters(),
        new DoorCounters(List.of()),
        (_, _, _, _) -> {});
  }
}
