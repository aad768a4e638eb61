package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Value;
import com.google.rpc.Code;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.door.Doors;
import dev.consentry.server.door.TestGateway;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.rpc.DoorCases.Case;
import dev.consentry.server.rpc.EnvoyRequest.Shape;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Extent;
import dev.consentry.server.security.Role;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What Envoy is told, over gRPC, in front of a real table and store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExtAuthzTest {
  private static final Set<String> SET =
      Set.of("consentry-app", "consentry-account", "consentry-scopes", "consentry-revision");

  private final GatedTable table = new GatedTable();
  private final ListedCallers callers = new ListedCallers();
  private TestServer server;
  private TestGateway gateway;
  private Doors doors;

  @BeforeAll
  void start(@TempDir Path folder) {
    server = TestServer.startAsking(callers, TestServer.Wrapping.ofTable(table::wrapping));
    callers.with(
        "all",
        Binding.everywhere(Role.DECIDER),
        Binding.everywhere(Role.ACCOUNT_ADMIN),
        Binding.everywhere(Role.OPERATOR));
    DoorCases.fill(server, ListedCallers.token("all"));
    gateway = new TestGateway(DoorCases.SECTION, new Around(false, false), folder);
    doors = server.open(gateway, gateway.tokens());
    server.advance(Duration.ofMinutes(2));
  }

  @AfterAll
  void close() {
    server.close();
    gateway.close();
  }

  private static final List<Case> CASES = DoorCases.all();

  static List<Case> cases() {
    return CASES;
  }

  static DoorMutants.Mutant[] mutants() {
    return DoorMutants.all();
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void check_everyCase_isAnsweredSo(Shape shape) {
    var wrong = new LinkedHashMap<String, String>();
    var names = new HashSet<String>();
    for (Case one : cases()) {
      assertTrue(names.add(one.name()), one.name());
      String expected = one.status() + " " + one.outcome();
      for (int i = 0; i < 2; i++) {
        String told = told(check(one.request(), shape));
        if (!told.equals(expected)) {
          wrong.put(one.name(), told + " instead of " + expected);
        }
      }
    }
    assertEquals(Map.of(), wrong);
  }

  /** So that a mutant differs by one rule alone. */
  @ParameterizedTest
  @EnumSource(Shape.class)
  void answer_withoutTransport_isTheSame(Shape shape) {
    for (Case one : cases()) {
      assertEquals(told(check(one.request(), shape)), told(one, shape, null), one.name());
    }
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void answer_ruleLeftOut_isFound(DoorMutants.Mutant mutant) {
    var passed =
        cases().stream()
            .filter(one -> one.status() != 200)
            .filter(one ->
                List.of(Shape.values()).stream()
                    .anyMatch(shape -> told(one, shape, mutant).startsWith("200 ")))
            .toList();
    assertFalse(passed.isEmpty(), "it lets nothing through that the rules do not");
  }

  private String told(Case one, Shape shape, DoorMutants.Mutant mutant) {
    var call = new ExtAuthzCall(Caller.LOCAL, one.request().in(shape));
    var asked = mutant == null ? call : mutant.wrap().apply(one.request(), call);
    return told(ExtAuthzReplies.reply(doors.answer(asked).join()));
  }

  @Test
  void check_allowed_setsFourHeadersAndRemovesTheirAliases() {
    EnvoyRequest request =
        EnvoyRequest.at("token", "POST", "/accounts/acme/invoices")
            .bearer(TestGateway.token("full", "acme", "write read"));
    CheckResponse reply = check(request, Shape.JOINED);
    assertEquals(Code.OK_VALUE, reply.getStatus().getCode());
    var headers = reply.getOkResponse().getHeadersList();
    var values = headers(headers);
    String revision = values.get("consentry-revision");
    assertEquals(
        Map.of(
            "consentry-app", "full",
            "consentry-account", "acme",
            "consentry-scopes", "read write",
            "consentry-revision", revision),
        values);
    assertTrue(revision.matches("[A-Za-z0-9_-]{16}-\\d+"), revision);
    assertEquals(
        Map.of(
            "outcome", "allow",
            "app", "full",
            "account", "acme",
            "scopes", "read write",
            "revision", revision),
        metadata(reply));
    assertRemovesWhatIsNotSet(reply);
  }

  @Test
  void check_public_removesWhatClientsMaySet() {
    CheckResponse reply = check(EnvoyRequest.at("token", "GET", "/status"), Shape.JOINED);
    assertEquals(List.of(), reply.getOkResponse().getHeadersList());
    assertTrue(reply.getOkResponse().getHeadersToRemoveList().containsAll(SET));
    assertEquals(Map.of("outcome", "public"), metadata(reply));
    assertRemovesWhatIsNotSet(reply);
  }

  /** Envoy removes after it has set. */
  @Test
  void reply_mutantThatRemovesWhatItSets_isFound() {
    var subject = new Subject(new AppId("mail"), new AccountId("acme"), null);
    var right = ExtAuthzReplies.reply(new DoorAnswer.Allowed(subject, "read", "x-1"));
    assertRemovesWhatIsNotSet(right);
    var wrong = right.toBuilder();
    wrong.getOkResponseBuilder().addHeadersToRemove("Consentry-App");
    assertThrows(AssertionError.class, () -> assertRemovesWhatIsNotSet(wrong.build()));
  }

  private static void assertRemovesWhatIsNotSet(CheckResponse reply) {
    var removed = reply.getOkResponse().getHeadersToRemoveList();
    for (String name : List.of("app", "account", "scopes", "revision", "authorization")) {
      assertTrue(removed.contains("consentry_" + name), name);
      assertTrue(removed.contains("consentry." + name), name);
    }
    var set = headers(reply.getOkResponse().getHeadersList()).keySet();
    for (String name : removed) {
      assertFalse(set.contains(name.toLowerCase(java.util.Locale.ROOT)), name);
    }
  }

  @Test
  void check_refused_hasChallengeAndProblem() throws ParseException {
    String metadata =
        "resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource\"";
    EnvoyRequest put = EnvoyRequest.at("token", "PUT", "/mail");
    var noToken = refused(put, 401, Code.UNAUTHENTICATED);
    assertEquals("Bearer " + metadata, noToken.get("www-authenticate"));

    var badToken = refused(put.bearer("x"), 401, Code.UNAUTHENTICATED);
    assertTrue(
        badToken
            .get("www-authenticate")
            .matches(
                "Bearer error=\"invalid_token\", error_description=\"[^\"\\\\]+\", "
                    + java.util.regex.Pattern.quote(metadata)),
        badToken::toString);

    var scope =
        refused(
            put.bearer(TestGateway.token("mail", "acme", "write")), 403, Code.PERMISSION_DENIED);
    assertEquals(
        "Bearer error=\"insufficient_scope\", scope=\"write\", " + metadata,
        scope.get("www-authenticate"));
    assertEquals(
        "https://console.example.com/consent?app=mail&account=acme&scopes=write",
        JSONObjectUtils.parse(scope.get("body")).get("consent_uri"));

    var token =
        refused(put.bearer(TestGateway.token("full", "acme", "read")), 403, Code.PERMISSION_DENIED);
    assertEquals(scope.get("www-authenticate"), token.get("www-authenticate"));
    assertFalse(token.get("body").contains("consent_uri"), "no consent would help");

    EnvoyRequest get = EnvoyRequest.at("token", "GET", "/mail");
    var noGrant =
        refused(get.bearer(TestGateway.token("mail", "a/b", "read")), 403, Code.PERMISSION_DENIED);
    assertFalse(noGrant.containsKey("www-authenticate"));
    assertTrue(noGrant.get("body").contains("account=a%2Fb"), noGrant::toString);
    refused(EnvoyRequest.at("token", "GET", "//mail"), 400, Code.PERMISSION_DENIED);
  }

  private Map<String, String> refused(EnvoyRequest request, int status, Code code)
      throws ParseException {
    CheckResponse reply = check(request, Shape.SEPARATE);
    assertEquals(code.getNumber(), reply.getStatus().getCode());
    var denied = reply.getDeniedResponse();
    assertEquals(status, denied.getStatus().getCodeValue());
    var told = new LinkedHashMap<>(headers(denied.getHeadersList()));
    assertEquals("application/problem+json", told.get("content-type"));
    assertEquals("no-store", told.get("cache-control"));
    String body = denied.getBody();
    Map<String, Object> problem = JSONObjectUtils.parse(body);
    assertEquals((long) status, problem.get("status"));
    assertEquals(metadata(reply).get("reason"), problem.get("reason"));
    told.put("body", body);
    return told;
  }

  @Test
  void check_revokedOneCallAgo_isRefusedAtOnce() {
    String account = "fresh";
    EnvoyRequest request =
        EnvoyRequest.at("fixed", "GET", "/")
            .said("scopes", "read")
            .said("app", "mail")
            .said("account", account);
    var grants = server.grants().withCallCredentials(ListedCallers.token("all"));
    for (int i = 0; i < 20; i++) {
      grants.grant(TestServer.grantOf(account, "mail").setReplace(true).build());
      assertEquals("200 allow", told(check(request, Shape.JOINED)));
      var _ =
          grants.revoke(
              dev.consentry.v1.RevokeRequest.newBuilder()
                  .setAccountId(account)
                  .setAppId("mail")
                  .build());
      assertEquals("403 GRANT_REVOKED", told(check(request, Shape.JOINED)));
    }
  }

  @Test
  void check_gatewayWithoutTheRight_isRefusedBeforeAnythingIsLookedAt() {
    EnvoyRequest there =
        EnvoyRequest.at("fixed", "GET", "/")
            .said("scopes", "read")
            .said("app", "mail")
            .said("account", "acme");
    for (Role role : Role.values()) {
      Extent accounts = role == Role.OPERATOR ? Extent.ALL : Extent.of(List.of("globex"));
      String caller = role.text() + " of globex";
      callers.with(caller, new Binding(role, accounts, Extent.ALL));
      int asked = table.asked();
      CheckResponse reply = check(there, Shape.JOINED, caller);
      assertEquals("403 NOT_ALLOWED", told(reply), caller);
      assertEquals(reply, check(there.said("app", "nothing"), Shape.JOINED, caller));
      assertEquals(asked, table.asked(), "the table was asked");
      assertEquals(
          role == Role.DECIDER ? "403 NO_GRANT" : "403 NOT_ALLOWED",
          told(check(there.said("account", "globex"), Shape.JOINED, caller)));
    }
    // Without the rule it would be let through.
    assertEquals("200 allow", told(check(there, Shape.JOINED, "all")));
    var unknown =
        assertThrows(
            StatusRuntimeException.class, () -> check(there, Shape.JOINED, "somebody else"));
    assertEquals(Status.Code.UNAUTHENTICATED, unknown.getStatus().getCode());
  }

  @Test
  void check_cannotDecide_failsTheCall() {
    EnvoyRequest request =
        EnvoyRequest.at("fixed", "GET", "/")
            .said("scopes", "read")
            .said("account", "acme")
            .said("app", GatedTable.COLD_APP);
    for (var failure :
        Map.of(
                new Refusal.TooStale(), Status.Code.UNAVAILABLE,
                new Refusal.StoreUnavailable(), Status.Code.UNAVAILABLE,
                new Refusal.Overloaded(Duration.ofSeconds(1)), Status.Code.RESOURCE_EXHAUSTED)
            .entrySet()) {
      table.shut();
      table.fail(new RefusedException(failure.getKey()));
      var told = assertThrows(StatusRuntimeException.class, () -> check(request, Shape.JOINED));
      assertEquals(failure.getValue(), told.getStatus().getCode());
    }
    table.shut();
    table.open();
    assertEquals("403 NO_GRANT", told(check(request, Shape.JOINED)));
  }

  private CheckResponse check(EnvoyRequest request, Shape shape) {
    return check(request, shape, "all");
  }

  private CheckResponse check(EnvoyRequest request, Shape shape, String caller) {
    return AuthorizationGrpc.newBlockingStub(server.channel())
        .withCallCredentials(ListedCallers.token(caller))
        .check(request.in(shape));
  }

  private static String told(CheckResponse reply) {
    var metadata = metadata(reply);
    return reply.hasOkResponse()
        ? "200 " + metadata.get("outcome")
        : reply.getDeniedResponse().getStatus().getCodeValue() + " " + metadata.get("reason");
  }

  private static Map<String, String> metadata(CheckResponse reply) {
    return reply.getDynamicMetadata().getFieldsMap().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> text(e.getValue())));
  }

  private static String text(Value value) {
    return value.getStringValue();
  }

  private static Map<String, String> headers(List<HeaderValueOption> headers) {
    for (HeaderValueOption header : headers) {
      assertEquals(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD, header.getAppendAction());
    }
    return headers.stream()
        .collect(Collectors.toMap(h -> h.getHeader().getKey(), h -> h.getHeader().getValue()));
  }
}
