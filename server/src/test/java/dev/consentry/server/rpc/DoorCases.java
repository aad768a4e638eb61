package dev.consentry.server.rpc;

import static dev.consentry.server.door.TestGateway.claims;
import static dev.consentry.server.door.TestGateway.forged;
import static dev.consentry.server.door.TestGateway.token;
import static dev.consentry.server.door.TestGateway.tokenWithout;

import dev.consentry.server.gateway.Reason;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.SuspendAppRequest;
import com.google.protobuf.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A section {@code gateway}, a world of grants, and what is answered there to which request. */
final class DoorCases {
  static final String SECTION =
      """
      gateway:
        doors:
          token:
            kind: ext_authz
            subject: { source: token, issuers: [{ issuer: "https://id.example.com", jwks: JWKS, audiences: [api] }], app: azp, account: org_id }
            scopes: routes
            resource_metadata: https://api.example.com/.well-known/oauth-protected-resource
            consent_uri: "https://console.example.com/consent?app={app}&account={account}&scopes={scopes}"
          scp:
            kind: ext_authz
            subject: { source: token, issuers: [{ issuer: "https://id.example.com", jwks: JWKS, audiences: [api] }], app: client_id, account: org_id }
            token_scopes: { claim: scp, missing: ignore }
            scopes: [read]
          jwt:
            kind: ext_authz
            subject: { source: envoy-jwt, payload: verified, issuers: ["https://id.example.com"], audiences: [api, other], app: azp, account: org_id }
            scopes: gateway
            tenant: "/accounts/{account}/**"
          mesh: { kind: ext_authz, subject: { source: peer, template: "spiffe://example.com/account/{account}/app/{app}" }, scopes: gateway }
          fixed: { kind: ext_authz, subject: { source: fixed }, scopes: gateway }
          heads:
            kind: ext_authz
            subject: { source: headers, app: x-app, account: x-account, trusted: true }
            scopes: [read]
            preflight: allow
            allow_headers: [x-http-method]
          web: { kind: forward-auth, family: x-original, caller: none, subject: { source: headers, app: x-app, account: x-account, trusted: true }, scopes: [read] }
        routes:
          - { host: api.example.com, path: "/accounts/{account}/invoices/**", methods: [GET], scopes: [read] }
          - { host: api.example.com, path: "/accounts/{account}/invoices/**", methods: [POST], scopes: [read, write] }
          - { path: /mail, methods: [GET], scopes: [read] }
          - { path: /mail, methods: [PUT], scopes: [write] }
          - { path: /status, methods: [GET], public: true }
          - { path: "/{page}", methods: [GET, DELETE, OPTIONS], public: true }
      """;

  static final String ALLOW = "allow";
  static final String PUBLIC = "public";
  static final String JWT_AUTHN = "envoy.filters.http.jwt_authn";
  private static final int OK = 200;
  private static final long EXPIRES_SECONDS = 60;

  private final List<Case> cases = new ArrayList<>();

  /**
   * A request, and what goes back.
   *
   * @param outcome {@link #ALLOW}, {@link #PUBLIC}, or the reason of a refusal
   */
  record Case(String name, EnvoyRequest request, int status, String outcome) {
    @Override
    public String toString() {
      return name;
    }
  }

  private DoorCases() {}

  /** Grants, of which {@code short} has ended when the server's time is moved by two minutes. */
  static void fill(TestServer server, io.grpc.CallCredentials as) {
    var apps = server.apps().withCallCredentials(as);
    var grants = server.grants().withCallCredentials(as);
    for (String app : List.of("mail", "full", "gone", "halted", "short", GatedTable.COLD_APP)) {
      var _ =
          apps.putApp(
              PutAppRequest.newBuilder()
                  .setApp(TestServer.app(app, List.of("read"), List.of("write")))
                  .build());
    }
    grants.grant(TestServer.grantOf("acme", "mail").build());
    grants.grant(TestServer.grantOf("42", "mail").build());
    grants.grant(TestServer.grantOf("acme", "full", "write").build());
    grants.grant(TestServer.grantOf("acme", "gone").build());
    grants.grant(TestServer.grantOf("acme", "halted").build());
    grants.grant(
        TestServer.grantOf("acme", "short")
            .setExpireTime(
                Timestamp.newBuilder()
                    .setSeconds(TestServer.START.getEpochSecond() + EXPIRES_SECONDS))
            .build());
    var _ =
        grants.revoke(RevokeRequest.newBuilder().setAccountId("acme").setAppId("gone").build());
    var _ = apps.suspendApp(SuspendAppRequest.newBuilder().setAppId("halted").build());
  }

  static List<Case> all() {
    var all = new DoorCases();
    all.grants();
    all.tokens();
    all.envoyJwts();
    all.peersAndFixed();
    all.headers();
    all.routes();
    all.doors();
    return all.cases;
  }

  private void add(String name, EnvoyRequest request, String outcome) {
    cases.add(new Case(name, request, OK, outcome));
  }

  private void add(String name, EnvoyRequest request, int status, Reason reason) {
    cases.add(new Case(name, request, status, reason.name()));
  }

  private static EnvoyRequest mail() {
    return EnvoyRequest.at("token", "GET", "/mail");
  }

  private static EnvoyRequest as(EnvoyRequest request) {
    return request.bearer(token("mail", "acme", "read"));
  }

  private void grants() {
    add("allowed", as(mail()), ALLOW);
    add("no grant", mail().bearer(token("mail", "globex", "read")), 403, Reason.NO_GRANT);
    add("revoked", mail().bearer(token("gone", "acme", "read")), 403, Reason.GRANT_REVOKED);
    add("suspended", mail().bearer(token("halted", "acme", "read")), 403, Reason.APP_SUSPENDED);
    add("expired", mail().bearer(token("short", "acme", "read")), 403, Reason.GRANT_EXPIRED);
    EnvoyRequest put = EnvoyRequest.at("token", "PUT", "/mail");
    add(
        "scope missing in the grant",
        put.bearer(token("mail", "acme", "read write")),
        403,
        Reason.SCOPE_NOT_GRANTED);
    add("all scopes", put.bearer(token("full", "acme", "read write")), ALLOW);
    add(
        "scope missing in the token",
        put.bearer(token("full", "acme", "read")),
        403,
        Reason.TOKEN_SCOPE_MISSING);
    add(
        "token without scopes",
        mail().bearer(tokenWithout("mail", "acme", "", "scope")),
        403,
        Reason.TOKEN_SCOPE_MISSING);
  }

  private void tokens() {
    add("no token", mail(), 401, Reason.NO_TOKEN);
    add("another scheme", mail().header("authorization", "Basic eDp5"), 401, Reason.NO_TOKEN);
    add("no scheme", mail().header("authorization", "Bearer"), 401, Reason.NO_TOKEN);
    String good = token("mail", "acme", "read");
    add("scheme in other case", mail().header("authorization", "bEARER " + good), ALLOW);
    add("an empty token", mail().bearer(""), 401, Reason.INVALID_TOKEN);
    add("no such token", mail().bearer("a.b.c"), 401, Reason.INVALID_TOKEN);
    add("a forged one", mail().bearer(forged("mail", "acme", "read")), 401, Reason.INVALID_TOKEN);
    add("two of them", mail().bearer(good).bearer(good), 400, Reason.UNSAFE_REQUEST);
    long past = TestServer.START.getEpochSecond() - 3_600;
    changed("expired token", "exp", past);
    changed("another issuer", "iss", "https://evil.example");
    changed("another audience", "aud", "other");
    changed("bound to a key", "cnf", Map.of("jkt", "x"));
    changed("two apps", "client_id", "full");
    changed("a number for an app", "azp", 42);
    changed("no id for an app", "azp", "a b");
    changed("an empty account", "org_id", "");
    changed("scopes that are a number", "scope", 1);
    add(
        "a number for an account",
        mail().bearer(token("mail", "acme", "read", "org_id", 42)),
        401,
        Reason.INVALID_TOKEN);
    add("the app twice", mail().bearer(token("mail", "acme", "read", "client_id", "mail")), ALLOW);
    EnvoyRequest scp = EnvoyRequest.at("scp", "GET", "/any");
    add("ignored scopes", scp.bearer(token("x", "acme", "", "client_id", "mail")), 401,
        Reason.INVALID_TOKEN);
    add("scp, none", scp.bearer(token("mail", "acme", "", "client_id", "mail")), ALLOW);
    add("scp, a list", scp.bearer(scp(List.of("write", "read"))), ALLOW);
    add("scp, a text", scp.bearer(scp("write read")), ALLOW);
    add("scp, too few", scp.bearer(scp(List.of("write"))), 403, Reason.TOKEN_SCOPE_MISSING);
    add("scp, an empty text", scp.bearer(scp("")), 403, Reason.TOKEN_SCOPE_MISSING);
    add("scp, numbers", scp.bearer(scp(List.of(1))), 401, Reason.INVALID_TOKEN);
  }

  private static String scp(Object scopes) {
    var claims = new HashMap<>(claims("mail", "acme", ""));
    claims.put("client_id", "mail");
    claims.put("scp", scopes);
    return dev.consentry.server.door.TestGateway.signed(claims);
  }

  private void changed(String name, String claim, Object value) {
    add(
        name,
        mail().bearer(token("mail", "acme", "read", claim, value)),
        401,
        Reason.INVALID_TOKEN);
  }

  private static EnvoyRequest envoyJwt(String claim, Object value) {
    var claims = new HashMap<>(claims("mail", "acme", "read"));
    claims.put(claim, value);
    return EnvoyRequest.at("jwt", "GET", "/accounts/acme/x")
        .said("scopes", "read")
        .verified(JWT_AUTHN, "verified", claims);
  }

  private void envoyJwts() {
    add("jwt", envoyJwt("sub", "x"), ALLOW);
    add("jwt for one of several", envoyJwt("aud", List.of("x", "other")), ALLOW);
    for (Map.Entry<String, Object> bad :
        List.<Map.Entry<String, Object>>of(
            Map.entry("iss", "https://evil.example"),
            Map.entry("aud", "x"),
            Map.entry("aud", List.of("x")),
            Map.entry("aud", 1),
            Map.entry("exp", TestServer.START.getEpochSecond() - 3_600),
            Map.entry("exp", "never"),
            Map.entry("cnf", Map.of("jkt", "x")),
            Map.entry("client_id", "full"),
            Map.entry("azp", List.of("mail")))) {
      add("jwt, " + bad, envoyJwt(bad.getKey(), bad.getValue()), 401, Reason.INVALID_TOKEN);
    }
    var claims = new HashMap<>(claims("mail", "acme", "read"));
    claims.put("org_id", 42);
    EnvoyRequest plain = EnvoyRequest.at("jwt", "GET", "/accounts/42/x").said("scopes", "read");
    add(
        "jwt, a number for an account",
        plain.verified(JWT_AUTHN, "verified", claims),
        401,
        Reason.INVALID_TOKEN);
    Map<String, Object> good = claims("mail", "42", "read");
    add("jwt, no token", plain, 401, Reason.NO_TOKEN);
    add("jwt, another payload", plain.verified(JWT_AUTHN, "x", good), 401, Reason.NO_TOKEN);
    add("jwt, another filter", plain.verified("x", "verified", good), 401, Reason.NO_TOKEN);
    add("jwt, token in a header", as(plain), 401, Reason.NO_TOKEN);
    add("jwt, scope missing in it", envoyJwt("scope", "x"), 403, Reason.TOKEN_SCOPE_MISSING);
    EnvoyRequest jwt = envoyJwt("sub", "x");
    for (String bad : List.of("", " read", "read ", "read read", "read  write", "\"", "a,\u00e9")) {
      add("scopes `%s`".formatted(bad), jwt.said("scopes", bad), 403,
          Reason.BAD_DOOR_CONFIGURATION);
    }
    add("too many scopes", jwt.said("scopes", "r".repeat(2_049)), 403,
        Reason.BAD_DOOR_CONFIGURATION);
    add(
        "scopes not said",
        EnvoyRequest.at("jwt", "GET", "/accounts/acme/x")
            .verified(JWT_AUTHN, "verified", claims("mail", "acme", "read")),
        403,
        Reason.BAD_DOOR_CONFIGURATION);
  }

  private void peersAndFixed() {
    EnvoyRequest mesh = EnvoyRequest.at("mesh", "POST", "/x").said("scopes", "read");
    String acme = "spiffe://example.com/account/acme/app/mail";
    add("peer", mesh.principal(acme), ALLOW);
    add("peer, an account with an escape",
        mesh.principal("spiffe://example.com/account/%61cme/app/mail"), 403, Reason.NO_GRANT);
    for (String bad :
        List.of(
            "",
            "example.com/account/acme/app/mail",
            "https://example.com/account/acme/app/mail",
            "spiffe://example.org/account/acme/app/mail",
            acme + "/x",
            acme + "/",
            acme + "\n",
            "x" + acme,
            "spiffe://example.com/account//app/mail",
            "spiffe://example.com/account/acme/app/",
            "spiffe://example.com/account/acme/app/ma il",
            "SPIFFE://example.com/account/acme/app/mail")) {
      add("peer `%s`".formatted(bad), mesh.principal(bad), 403, Reason.SUBJECT_NOT_FOUND);
    }
    EnvoyRequest fixed = EnvoyRequest.at("fixed", "POST", "/x").said("scopes", "read");
    add("fixed", fixed.said("app", "mail").said("account", "acme"), ALLOW);
    add("fixed, no account", fixed.said("app", "mail"), 403, Reason.BAD_DOOR_CONFIGURATION);
    add("fixed, no id", fixed.said("app", "mail").said("account", "a b"), 403,
        Reason.BAD_DOOR_CONFIGURATION);
  }

  private void headers() {
    EnvoyRequest heads = EnvoyRequest.at("heads", "GET", "/x");
    EnvoyRequest named = heads.header("x-app", "mail").header("x-account", "acme");
    add("headers", named, ALLOW);
    add("headers, one missing", heads.header("x-app", "mail"), 403, Reason.SUBJECT_NOT_FOUND);
    add("headers, an alias of one",
        heads.header("x-app", "mail").header("x_account", "acme"), 403, Reason.SUBJECT_NOT_FOUND);
    add("headers, one twice", named.header("x-account", "acme"), 400, Reason.UNSAFE_REQUEST);
    add("headers in both shapes", named.bothShapes(), 400, Reason.UNSAFE_REQUEST);
    add("an override that the door lists", named.header("x-http-method", "DELETE"), ALLOW);
    for (String override :
        List.of("x-http-method-override", "x-method-override", "x-original-url", "x-rewrite-url",
            "x_http_method_override", "x.rewrite.url", "x-original_url")) {
      add("override " + override, named.header(override, ""), 400, Reason.UNSAFE_REQUEST);
    }
    EnvoyRequest options = EnvoyRequest.at("heads", "OPTIONS", "/x");
    EnvoyRequest preflight =
        options.header("origin", "https://app.example")
            .header("access-control-request-method", "PUT");
    add("preflight", preflight, PUBLIC);
    add("no preflight: no origin",
        options.header("access-control-request-method", "PUT"), 403, Reason.SUBJECT_NOT_FOUND);
    add("no preflight: no method",
        options.header("origin", "https://app.example"), 403, Reason.SUBJECT_NOT_FOUND);
    add("no preflight: a GET",
        heads.header("origin", "x").header("access-control-request-method", "PUT"), 403,
        Reason.SUBJECT_NOT_FOUND);
    add("preflight, two origins", preflight.header("origin", "x"), 400, Reason.UNSAFE_REQUEST);
    add("preflight, unsafe",
        EnvoyRequest.at("heads", "OPTIONS", "/x/../y").header("origin", "x")
            .header("access-control-request-method", "PUT"), 400, Reason.UNSAFE_REQUEST);
    add("preflight at a door that allows none",
        EnvoyRequest.at("token", "OPTIONS", "/mail").header("origin", "x")
            .header("access-control-request-method", "PUT"), 403, Reason.ROUTE_NOT_COVERED);
  }

  private void routes() {
    add("public", EnvoyRequest.at("token", "GET", "/status?x=/mail"), PUBLIC);
    add("public, with a bad token", EnvoyRequest.at("token", "GET", "/status").bearer("x"), PUBLIC);
    add("HEAD", as(EnvoyRequest.at("token", "HEAD", "/mail")), ALLOW);
    add("no rule for the method", as(EnvoyRequest.at("token", "DELETE", "/mail")), 403,
        Reason.ROUTE_NOT_COVERED);
    add("method in other case", as(EnvoyRequest.at("token", "get", "/mail")), 403,
        Reason.ROUTE_NOT_COVERED);
    add("letter case", EnvoyRequest.at("token", "GET", "/MAIL"), 400, Reason.ROUTE_AMBIGUOUS);
    for (String path :
        List.of("/./mail", "//mail", "/x/../mail", "/mail;x=1", "/mail%2F", "/%2e%2e/mail",
            "/mail/%2e", "/%256dail", "/mail%00", "/mail\\x", "/m\u00e4il", "mail", "", "*",
            "http://api.example.com/mail", "/mail%", "/mail%c0%af", "/mail#x")) {
      for (String door : List.of("token", "heads")) {
        add("path `%s` at %s".formatted(path, door),
            as(EnvoyRequest.at(door, "GET", path)).header("x-app", "mail")
                .header("x-account", "acme"), 400, Reason.UNSAFE_REQUEST);
      }
    }
    EnvoyRequest invoices = EnvoyRequest.at("token", "GET", "/accounts/acme/invoices/1?a=%2F");
    add("account in the path", as(invoices), ALLOW);
    for (String host : List.of("API.example.com", "api.example.com.", "api.example.com:8443")) {
      add("host " + host, as(invoices.host(host)), ALLOW);
    }
    add("another host", as(invoices.host("www.example.com")), 403, Reason.ROUTE_NOT_COVERED);
    for (String host : List.of("", "api.example.com,x", "a b", "api.example.com:x", "x@y")) {
      add("host `%s`".formatted(host), as(invoices.host(host)), 400, Reason.UNSAFE_REQUEST);
    }
    add("another account in the path",
        as(EnvoyRequest.at("token", "GET", "/accounts/globex/invoices")), 403,
        Reason.ACCOUNT_MISMATCH);
    add("account in the path, in other case",
        as(EnvoyRequest.at("token", "GET", "/accounts/Acme/invoices")), 403,
        Reason.ACCOUNT_MISMATCH);
    add("account in the path, escaped",
        as(EnvoyRequest.at("token", "GET", "/accounts/%61cme/invoices")), ALLOW);
    add("another account in the tenant",
        envoyJwt("sub", "x").path("/accounts/globex/x"), 403, Reason.ACCOUNT_MISMATCH);
    add("no account in the tenant", envoyJwt("sub", "x").path("/x"), 403,
        Reason.ROUTE_NOT_COVERED);
  }

  private void doors() {
    EnvoyRequest named =
        EnvoyRequest.at("nowhere", "GET", "/x").header("x-app", "mail").header("x-account", "acme");
    add("no such door", named, 403, Reason.BAD_DOOR_CONFIGURATION);
    add("door in other case", named.said("door", "Heads"), 403, Reason.BAD_DOOR_CONFIGURATION);
    add("door of another kind", named.said("door", "web"), 403, Reason.BAD_DOOR_CONFIGURATION);
    add("no door", EnvoyRequest.at(null, "GET", "/x").header("x-app", "mail")
        .header("x-account", "acme"), 403, Reason.BAD_DOOR_CONFIGURATION);
    for (String key : List.of("scopes", "app", "account", "doors", "Door", "tenant", "")) {
      add("`%s`, which the door does not know".formatted(key),
          named.said("door", "heads").said(key, "read"), 403, Reason.BAD_DOOR_CONFIGURATION);
    }
    add("scopes of the gateway for routes", as(mail().said("scopes", "read")), 403,
        Reason.BAD_DOOR_CONFIGURATION);
    add("app of the gateway for a token", as(mail().said("app", "full")), 403,
        Reason.BAD_DOOR_CONFIGURATION);
    add("app of the gateway for a peer",
        EnvoyRequest.at("mesh", "GET", "/x").said("scopes", "read").said("app", "mail")
            .principal("spiffe://example.com/account/acme/app/mail"), 403,
        Reason.BAD_DOOR_CONFIGURATION);
  }
}
