package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.gateway.ClaimNames.TokenScopes;
import dev.consentry.server.gateway.Door.CallerBy;
import dev.consentry.server.gateway.Door.Family;
import dev.consentry.server.gateway.Door.Kind;
import dev.consentry.server.gateway.GatewayFile.Around;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a section {@code gateway} means, and everything that can be wrong with it. */
final class GatewayFileTest {
  private static final Path FILE = Path.of("server.yaml");
  private static final Around OPEN = new Around(false, false);
  private static final Around TOKENS = new Around(true, false);
  private static final Around CERTIFICATES = new Around(true, true);

  @Test
  void parse_everyKindOfDoor_isWhatItSays() {
    Gateway read =
        read(
            CERTIFICATES,
            """
            listen: 127.0.0.1:8980
            gateway:
              doors:
                edge:
                  kind: ext_authz
                  subject:
                    source: token
                    issuers:
                      - { issuer: https://id.example.com, jwks: https://id.example.com/jwks, audiences: [api, other], algorithms: [ES256], type: JWT }
                      - { issuer: https://other.example.com, jwks: ./keys.json, audiences: [api] }
                    app: azp
                    account: org_id
                  token_scopes: { claim: scp, missing: ignore }
                  scopes: routes
                  allow_headers: [x-http-method, x-original-url]
                  preflight: allow
                  resource_metadata: https://api.example.com/.well-known/oauth-protected-resource
                  consent_uri: "https://console.example.com/consent?app={app}"
                edge-jwt: { kind: ext_authz, subject: { source: envoy-jwt, payload: verified, issuers: [https://id.example.com], audiences: [api], app: client_id, account: tenant }, token_scopes: { claim: scp }, scopes: gateway, tenant: "/accounts/{account}/**" }
                mesh: { kind: ext_authz, subject: { source: peer, template: "spiffe://example.com/account/{account}/app/{app}" }, scopes: gateway, preflight: deny }
                fixed: { kind: ext_authz, subject: { source: fixed }, scopes: [read, write] }
                web: { kind: forward-auth, family: x-original, caller: mtls, subject: { source: headers, app: x-app, account: x-account }, scopes: [profile] }
                head: { kind: forward-auth, family: x-forwarded, caller: token, subject: { source: headers, app: x-app, account: x-account, trusted: true }, scopes: routes }
              routes:
                - { path: /status, methods: [GET], public: true }
              authzen: { base_url: https://pdp.example.com/authzen, subject_type: client }
            """);
    var template = PrincipalTemplate.parse("spiffe://example.com/account/{account}/app/{app}");
    var headers = new SubjectSource.Headers("x-app", "x-account");
    assertEquals(
        Map.of(
            "edge",
            new Door(
                "edge",
                Kind.EXT_AUTHZ,
                Family.X_FORWARDED,
                CallerBy.NOBODY_ASKS,
                new SubjectSource.Token(
                    List.of(
                        new TokenIssuer(
                            "https://id.example.com",
                            "https://id.example.com/jwks",
                            Set.of("api", "other"),
                            Set.of("ES256"),
                            "JWT"),
                        new TokenIssuer(
                            "https://other.example.com",
                            "./keys.json",
                            Set.of("api"),
                            Set.of(),
                            "at+jwt")),
                    new ClaimNames("azp", "org_id", new TokenScopes("scp", true))),
                new ScopeSource.Routes(),
                Set.of("x-http-method", "x-original-url"),
                true,
                "https://api.example.com/.well-known/oauth-protected-resource",
                new ConsentUri("https://console.example.com/consent?app={app}")),
            "edge-jwt",
            extAuthz(
                "edge-jwt",
                new SubjectSource.EnvoyJwt(
                    "verified",
                    Set.of("https://id.example.com"),
                    Set.of("api"),
                    new ClaimNames("client_id", "tenant", new TokenScopes("scp", false))),
                new ScopeSource.Gateway(PathTemplate.parse("/accounts/{account}/**"))),
            "mesh",
            extAuthz("mesh", new SubjectSource.Peer(template), new ScopeSource.Gateway(null)),
            "fixed",
            extAuthz(
                "fixed",
                new SubjectSource.Fixed(),
                new ScopeSource.Fixed(List.of(new Scope("read"), new Scope("write")))),
            "web",
            forwardAuth(
                "web",
                Family.X_ORIGINAL,
                CallerBy.MTLS,
                headers,
                new ScopeSource.Fixed(List.of(new Scope("profile")))),
            "head",
            forwardAuth(
                "head",
                Family.X_FORWARDED,
                CallerBy.TOKEN,
                headers,
                new ScopeSource.Routes())),
        read.doors());
    assertEquals(1, read.routes().rules().size());
    assertEquals(
        new AuthZenSettings(URI.create("https://pdp.example.com/authzen"), "client", "account"),
        read.authZen());
  }

  private static Door extAuthz(String name, SubjectSource subject, ScopeSource scopes) {
    return new Door(
        name,
        Kind.EXT_AUTHZ,
        Family.X_FORWARDED,
        CallerBy.NOBODY_ASKS,
        subject,
        scopes,
        Set.of(),
        false,
        null,
        null);
  }

  private static Door forwardAuth(
      String name, Family family, CallerBy caller, SubjectSource subject, ScopeSource scopes) {
    return new Door(
        name,
        Kind.FORWARD_AUTH,
        family,
        caller,
        subject,
        scopes,
        Set.of(),
        false,
        null,
        null);
  }

  @Test
  void parse_noSection_isNoDoor() {
    assertSame(Gateway.NONE, read(OPEN, "listen: 127.0.0.1:0\n"));
    assertSame(Gateway.NONE, read(OPEN, "# nothing\n"));
    assertSame(Gateway.NONE, read(OPEN, ""));
  }

  @Test
  void parse_everythingWrong_isToldAtOnceAndInOrder() {
    assertEquals(
        List.of(
            "door `Edge` (line 3): must have a name of 1 to 64 lower-case letters, digits and `-`",
            "door `Edge` (line 3): must have `kind`",
            "door `Edge` (line 3): must have `subject`",
            "door `Edge` (line 3): must have `scopes`",
            "door `a`, `kind` (line 5): must be one of ext_authz, forward-auth; is `extauthz`",
            "door `a` (line 6): unknown key: `colour`; known are `kind`, `family`, `caller`, `subject`, `token_scopes`, `scopes`, `tenant`, `allow_headers`, `preflight`, `resource_metadata`, `consent_uri`",
            "door `a`, `subject`, `source` (line 7): must be one of envoy-jwt, fixed, headers, peer, token; is `cookie`",
            "door `a`, `scopes`, number 2 (line 8): stands there twice; is `read`",
            "door `a`, `tenant` (line 9): belongs to doors with `scopes: gateway`",
            "door `a`, `allow_headers`, number 1 (line 10): must be one of x-http-method-override, x-http-method, x-method-override, x-original-url, x-rewrite-url; is `cookie`",
            "door `a`, `preflight` (line 11): must be one of allow, deny; is `yes`",
            "door `a`, `resource_metadata` (line 12): must be an https URL; is `http://x`",
            "door `a`, `consent_uri` (line 13): must be an https URL of at most 2,048 characters, perhaps with {app}, {account} and {scopes} behind the host; is `https://{app}.example.com/`",
            "door `b`, `family` (line 16): belongs to doors of `kind: forward-auth`",
            "door `b`, `subject`, `payload` (line 17): does not belong to `source: peer`",
            "door `b`, `subject`, `template` (line 17): must be spiffe://DOMAIN and segments, with {app} and {account} once each in place of one; is `spiffe://x/{app}`",
            "door `b`, `token_scopes` (line 18): belongs to doors whose subject has a token",
            "door `c` (line 20): must have `family`",
            "door `c`, `caller` (line 21): must be none: this server does not ask who calls; is `mtls`",
            "door `c`, `subject`, `account` (line 22): must be another header than `app`",
            "door `c`, `subject` (line 22): must have `trusted: true`: this server does not ask who calls, so that whoever reaches it can set these headers",
            "door `c`, `scopes` (line 23): `gateway` belongs to doors of `kind: ext_authz`",
            "`authzen`, `base_url` (line 25): must be an https URL without query, fragment and `/` at the end; is `https://x/`",
            "`authzen`, `subject_type` (line 26): must be 1 to 256 visible ASCII characters; is `a b`"),
        problems(
            OPEN,
            """
            gateway:
              doors:
                Edge: {}
                a:
                  kind: extauthz
                  colour: red
                  subject: { source: cookie }
                  scopes: [read, read]
                  tenant: "/{account}"
                  allow_headers: [cookie]
                  preflight: yes
                  resource_metadata: http://x
                  consent_uri: "https://{app}.example.com/"
                b:
                  kind: ext_authz
                  family: x-original
                  subject: { source: peer, template: "spiffe://x/{app}", payload: x }
                  token_scopes: { claim: scp }
                  scopes: [read]
                c:
                  { kind: forward-auth, caller: mtls,
                    subject: { source: headers, app: x-id, account: x-id },
                    scopes: gateway }
              authzen:
                base_url: https://x/
                subject_type: a b
            """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "gateway: x                               | line 1: must be `key: value`, the keys being `doors`, `routes`, `authzen`",
        "gateway:                                 | line 1: must be `key: value`, the keys being `doors`, `routes`, `authzen`",
        "gateway: { door: {} }                    | line 1: unknown key: `door`; known are `doors`, `routes`, `authzen`",
        "gateway: { doors: {} }                   | `doors` (line 1): must be 1 to 64 times `NAME: …`",
        "gateway: { doors: [] }                   | `doors` (line 1): must be 1 to 64 times `NAME: …`",
        "gateway: { doors: { a: x } }             | door `a` (line 1): must be `key: value`, the keys being `kind`, `family`, `caller`, `subject`, `token_scopes`, `scopes`, `tenant`, `allow_headers`, `preflight`, `resource_metadata`, `consent_uri`",
        "gateway: { authzen: x }                  | `authzen` (line 1): must be `key: value`, the keys being `base_url`, `subject_type`, `resource_type`",
        "gateway: { authzen: { base_url: 'https://x?y' } } | `authzen`, `base_url` (line 1): must be an https URL without query, fragment and `/` at the end; is `https://x?y`",
        "gateway: { authzen: { base_url: 'https://x/é' } } | `authzen`, `base_url` (line 1): must be an https URL; is `https://x/<U+00E9>`",
        "gateway: { authzen: { base_url: 'https://u@x' } } | `authzen`, `base_url` (line 1): must be an https URL; is `https://u@x`",
        "a: &x 1                                  | line 1: aliases (`*name`) are not read here",
        "{                                        | line 1: is no YAML: expected the node content, but found '<stream end>'",
      })
  void parse_oneThingWrong_isTold(String yaml, String problem) {
    List<String> problems = problems(OPEN, yaml + (yaml.contains("&x") ? "\nb: *x" : ""));
    assertEquals(1, problems.size(), problems::toString);
    String told = problems.getFirst();
    assertTrue(told.endsWith(problem.substring(problem.indexOf(':'))), told);
  }

  @Test
  void parse_sectionTwice_isRefused() {
    assertEquals(
        List.of("line 2: `gateway` stands there twice"),
        problems(OPEN, "gateway: { authzen: {} }\ngateway: { authzen: {} }\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "none, OPEN, ''",
    "token, TOKENS, ''",
    "token, CERTIFICATES, ''",
    "mtls, CERTIFICATES, ''",
    "none, TOKENS, must be mtls or token: this server asks who calls",
    "none, CERTIFICATES, must be mtls or token: this server asks who calls",
    "token, OPEN, must be none: this server does not ask who calls",
    "mtls, OPEN, must be none: this server does not ask who calls",
    "mtls, TOKENS, must be token: without `tls-client-ca` there is no mtls",
    "any, OPEN, 'must be one of mtls, none, token'"
  })
  void parse_callerOfAGateway_goesWithTheServer(String caller, String around, String problem) {
    String yaml =
        """
        gateway:
          doors:
            web:
              kind: forward-auth
              family: x-original
              caller: %s
              subject: { source: headers, app: x-app, account: x-account, trusted: true }
              scopes: [read]
        """
            .formatted(caller);
    Around server =
        switch (around) {
          case "OPEN" -> OPEN;
          case "TOKENS" -> TOKENS;
          default -> CERTIFICATES;
        };
    assertEquals(
        problem.isEmpty()
            ? List.of()
            : List.of("door `web`, `caller` (line 6): %s; is `%s`".formatted(problem, caller)),
        problems(server, yaml));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fixed             | source: fixed",
        "peer              | source: peer, template: 'spiffe://x/{app}/{account}'",
        "envoy-jwt         | source: envoy-jwt, payload: p, issuers: [i], audiences: [a], app: azp, account: o"
      })
  void parse_forwardAuthWithWhatOnlyEnvoyKnows_isRefused(String word, String subject) {
    assertEquals(
        List.of(
            "door `web`, `subject` (line 1): `source: %s` belongs to doors of `kind: ext_authz`"
                .formatted(word)),
        problems(
            OPEN,
            "gateway: { doors: { web: { kind: forward-auth, family: x-original, caller: none, subject: { %s }, scopes: [read] } } }"
                .formatted(subject)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "source: token, app: azp, account: o                  | door `a`, `subject` (line 1): must have `issuers`, a list",
        "source: token, issuers: [], app: azp, account: o     | door `a`, `subject`, `issuers` (line 1): must not be empty",
        "source: token, issuers: [x], app: azp, account: o    | door `a`, `subject`, issuer 1 (line 1): must be `key: value`, the keys being `issuer`, `jwks`, `audiences`, `algorithms`, `type`",
        "source: token, issuers: [{issuer: i, jwks: k}], app: azp, account: o | door `a`, `subject`, issuer 1 (line 1): must have `audiences`, a list",
        "source: token, issuers: [{issuer: i, jwks: k, audiences: [' ']}], app: azp, account: o | door `a`, `subject`, issuer 1, `audiences`, number 1 (line 1): must not be empty; is ` `",
        "source: token, issuers: [{issuer: i, jwks: k, audiences: [a]}, {issuer: i, jwks: k, audiences: [a]}], app: azp, account: o | door `a`, `subject`, issuer 2, `issuer` (line 1): stands there twice",
        "source: token, issuers: [{issuer: bad, jwks: k, audiences: [a]}], app: azp, account: o | door `a`, `subject`, issuer 1 (line 1): is no good",
        "source: token, issuers: [{issuer: i, jwks: k, audiences: [a]}], account: o | door `a`, `subject` (line 1): must have `app`",
        "source: envoy-jwt, issuers: [i], audiences: [a], app: azp, account: o | door `a`, `subject` (line 1): must have `payload`",
        "source: envoy-jwt, payload: p, audiences: [a], app: azp, account: o | door `a`, `subject` (line 1): must have `issuers`, a list",
        "source: envoy-jwt, payload: p, issuers: [i], app: azp, account: o | door `a`, `subject` (line 1): must have `audiences`, a list",
        "source: fixed, app: x                                | door `a`, `subject`, `app` (line 1): does not belong to `source: fixed`",
        "source: headers, app: x-app, account: x-account      | door `a`, `subject` (line 1): must have `trusted: true`: this server does not ask who calls, so that whoever reaches it can set these headers",
        "source: headers, app: authorization, account: x-account, trusted: true | door `a`, `subject`, `app` (line 1): must be a header's name in lower case, of letters, digits and `-`, and none that has another meaning here; is `authorization`",
        "source: headers, app: consentry-app, account: x-account, trusted: true | door `a`, `subject`, `app` (line 1): must be a header's name in lower case, of letters, digits and `-`, and none that has another meaning here; is `consentry-app`",
        "source: headers, app: x_app, account: x-account, trusted: true | door `a`, `subject`, `app` (line 1): must be a header's name in lower case, of letters, digits and `-`, and none that has another meaning here; is `x_app`"
      })
  void parse_subjectThatIsNone_isRefused(String subject, String problem) {
    var around =
        new Around(false, false, issuer -> {
          if (issuer.issuer().equals("bad")) {
            throw new InvalidValueException("is no good");
          }
        });
    assertEquals(
        List.of(problem),
        problems(
            around,
            "gateway: { doors: { a: { kind: ext_authz, subject: { %s }, scopes: [read] } } }"
                .formatted(subject)));
  }

  @Test
  void parse_routesForADoor_mustBeThere() {
    assertEquals(
        List.of("line 1: must have `routes`, a list, for the doors with `scopes: routes`"),
        problems(
            OPEN,
            "gateway: { doors: { a: { kind: ext_authz, subject: { source: fixed }, scopes: routes } } }"));
  }

  @Test
  void parse_limits_areTakenAndOneMoreIsNot() {
    assertEquals(List.of(), problems(OPEN, doors(Gateway.DOORS_MAX)));
    assertEquals(
        List.of("`doors` (line 3): must be 1 to 64 times `NAME: …`"),
        problems(OPEN, doors(Gateway.DOORS_MAX + 1)));

    // 7 times 255 letters, 256, and 7 blanks are 2,048 characters.
    assertEquals(List.of(), problems(OPEN, withScopes("e".repeat(256), 255)));
    assertEquals(
        List.of(
            "door `a`, `scopes` (line 1): must have at most 2,048 characters together: they go into one header"),
        problems(OPEN, withScopes("e".repeat(256), 256)));

    String name = "a".repeat(64);
    assertEquals(List.of(), problems(OPEN, named(name)));
    assertEquals(
        1, problems(OPEN, named(name + "a")).size(), "a name of 65 letters");

    assertEquals(List.of(), problems(OPEN, withIssuers(SubjectReader.ISSUERS_MAX)));
    assertEquals(
        List.of("door `a`, `subject`, `issuers` (line 1): must be at most 10, are 11"),
        problems(OPEN, withIssuers(SubjectReader.ISSUERS_MAX + 1)));

    String comment = "#".repeat(GatewayFile.FILE_BYTES_MAX);
    assertEquals(List.of(), problems(OPEN, comment));
    assertEquals(List.of("has more than 1,048,576 bytes"), problems(OPEN, comment + "#"));
  }

  @Test
  void parse_routeWithScopesThatFillTheHeader_isTakenAndOneMoreIsNot() {
    String route = "gateway: { routes: [{ path: /a, methods: [GET], scopes: [%s] }] }";
    String most = scopes("e".repeat(256), 255);
    assertEquals(List.of(), problems(OPEN, route.formatted(most)));
    assertEquals(
        List.of(
            "route 1 (line 1): must have scopes of at most 2,048 characters together: they go into one header"),
        problems(OPEN, route.formatted(most + ", a")));
  }

  @Test
  void parse_notUtf8_isRefused() {
    var e =
        assertThrows(
            GatewayFileException.class,
            () -> GatewayFile.parse(FILE, new byte[] {'a', ':', ' ', (byte) 0xFF}, OPEN));
    assertEquals(List.of("is not UTF-8"), e.problems());
  }

  @Test
  void read_noSuchFile_isRefused() {
    var e =
        assertThrows(
            GatewayFileException.class, () -> GatewayFile.read(Path.of("nothing.yaml"), OPEN));
    assertEquals(List.of("no such file"), e.problems());
    assertEquals(Path.of("nothing.yaml"), e.file());
  }

  private static String doors(int count) {
    return IntStream.range(0, count)
        .mapToObj("    d%d: { kind: ext_authz, subject: { source: fixed }, scopes: gateway }\n"
            ::formatted)
        .collect(Collectors.joining("", "gateway:\n  doors:\n", ""));
  }

  private static String named(String name) {
    return "gateway: { doors: { %s: { kind: ext_authz, subject: { source: fixed }, scopes: gateway } } }"
        .formatted(name);
  }

  private static String withScopes(String last, int length) {
    return "gateway: { doors: { a: { kind: ext_authz, subject: { source: fixed }, scopes: [%s] } } }"
        .formatted(scopes(last, length));
  }

  /** Seven of a length, and another one. */
  private static String scopes(String last, int length) {
    var all = new ArrayList<String>();
    for (char c = 'f'; c < 'm'; c++) {
      all.add(String.valueOf(c).repeat(length));
    }
    all.add(last);
    return String.join(", ", all);
  }

  private static String withIssuers(int count) {
    String issuers =
        IntStream.range(0, count)
            .mapToObj("{ issuer: i%d, jwks: k, audiences: [a] }"::formatted)
            .collect(Collectors.joining(", "));
    return ("gateway: { doors: { a: { kind: ext_authz, subject: { source: token, issuers: [%s], app: azp,"
            + " account: o }, scopes: [read] } } }")
        .formatted(issuers);
  }

  private static Gateway read(Around around, String yaml) {
    return GatewayFile.parse(FILE, yaml.getBytes(StandardCharsets.UTF_8), around);
  }

  private static List<String> problems(Around around, String yaml) {
    try {
      var _ = read(around, yaml);
      return List.of();
    } catch (GatewayFileException e) {
      return e.problems();
    }
  }
}
