package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.consentry.server.Seeds;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.DecisionPoint;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Any bytes as what Envoy asks, before a world with one grant: {@code read} for the app {@code
 * mail} at the account {@code acme}. They are no message, or get an answer that Envoy understands;
 * and nothing goes on but that app, with a request that says so by its door, or what is public.
 */
final class ExtAuthzFuzz {
  /** Without tokens, which have a fuzz target of their own. */
  private static final String SECTION =
      """
      gateway:
        doors:
          jwt: { kind: ext_authz, subject: { source: envoy-jwt, payload: verified, issuers: [i], audiences: [a], app: azp, account: org_id }, scopes: gateway, tenant: "/accounts/{account}/**" }
          mesh: { kind: ext_authz, subject: { source: peer, template: "spiffe://example.com/account/{account}/app/{app}" }, scopes: gateway }
          fixed: { kind: ext_authz, subject: { source: fixed }, scopes: gateway }
          heads: { kind: ext_authz, subject: { source: headers, app: x-app, account: x-account, trusted: true }, scopes: routes }
        routes:
          - { path: "/accounts/{account}/**", methods: [GET], scopes: [read] }
          - { path: /status, methods: [GET], public: true }
      """;

  private static final Gateway GATEWAY =
      GatewayFile.parse(
          Path.of("server.yaml"),
          SECTION.getBytes(StandardCharsets.UTF_8),
          new Around(false, false));

  private static final Pattern PUBLIC_PATH = Pattern.compile("/status/?(\\?.*)?", Pattern.DOTALL);
  private static final Pattern GRANTED_PATH =
      Pattern.compile("/accounts/acme([/?].*)?", Pattern.DOTALL);
  private static final Revision AT = new Revision(new Epoch("any-epoch-------"), 1);
  private static final Map<String, Integer> STATUSES =
      Map.of("UNSAFE_REQUEST", 400, "ROUTE_AMBIGUOUS", 400, "NO_TOKEN", 401, "INVALID_TOKEN", 401);

  private final Doors doors =
      new Doors(
          () -> GATEWAY,
          Map.of(),
          oneGrant(),
          _ -> oneGrant(),
          InstantSource.fixed(TestServer.START),
          new Counters(),
          new DoorCounters(List.of()),
          (_, _, _, _) -> {});

  private static DecisionPoint oneGrant() {
    return (DecisionPoint)
        Proxy.newProxyInstance(
            DecisionPoint.class.getClassLoader(),
            new Class<?>[] {DecisionPoint.class},
            (_, _, arguments) -> answer((CheckQuestion) arguments[0]));
  }

  private static Answer answer(CheckQuestion question) {
    boolean isGranted =
        question.key().app().value().equals("mail")
            && question.key().account().value().equals("acme")
            && question.scopes().stream().allMatch(scope -> scope.value().equals("read"));
    return new Answer(
        isGranted
            ? new Decision.Allow(Long.MAX_VALUE)
            : new Decision.Deny(DenyReason.NO_GRANT, List.of()),
        AT);
  }

  @FuzzTest
  void check(byte[] input) {
    assertHolds(call -> call, input);
  }

  @Test
  void check_eachMutant_isFoundByASeed() {
    for (UnaryOperator<CheckRequest> mutant : mutants()) {
      Seeds.of(this, "check").assertFinds(seed -> assertHolds(mutant, seed));
    }
  }

  /** What a door with one rule less would have read. */
  private static List<UnaryOperator<CheckRequest>> mutants() {
    return List.of(
        request -> {
          var changed = request.toBuilder();
          var http = changed.getAttributesBuilder().getRequestBuilder().getHttpBuilder();
          http.setPath(http.getPath().replace("/globex", "/acme"));
          return changed.build();
        },
        request -> {
          var changed = request.toBuilder();
          var source = changed.getAttributesBuilder().getSourceBuilder();
          source.setPrincipal(source.getPrincipal().replaceFirst("/mail/.*", "/mail"));
          return changed.build();
        },
        request -> {
          var changed = request.toBuilder();
          var http = changed.getAttributesBuilder().getRequestBuilder().getHttpBuilder();
          http.setPath(http.getPath().replaceFirst("/x/\\.\\.", ""));
          return changed.build();
        });
  }

  private void assertHolds(UnaryOperator<CheckRequest> reader, byte[] input) {
    CheckRequest sent;
    DoorAnswer answer;
    try {
      sent = ByteMessages.parse(CheckRequest.parser(), input);
      answer = doors.answerNow(new ExtAuthzCall(Caller.LOCAL, reader.apply(sent)));
    } catch (InvalidFieldsException e) {
      assertFalse(isMessage(input), "a message, and yet refused as none");
      return;
    }
    assertNotNull(answer);
    CheckResponse reply = ExtAuthzReplies.reply(answer);
    switch (answer) {
      case DoorAnswer.Allowed allowed -> {
        assertEquals("mail", allowed.subject().app().value());
        assertEquals("acme", allowed.subject().account().value());
        assertEquals("read", allowed.scopes());
        assertTrue(isGrantedTo(sent.getAttributes()), sent::toString);
        assertTrue(reply.hasOkResponse());
      }
      case DoorAnswer.Open _ -> {
        AttributeContext.HttpRequest http = sent.getAttributes().getRequest().getHttp();
        assertEquals("heads", sent.getAttributes().getContextExtensionsMap().get("door"));
        assertTrue(PUBLIC_PATH.matcher(unreserved(http.getPath())).matches(), http::getPath);
        assertEquals(0, reply.getOkResponse().getHeadersCount());
      }
      case DoorAnswer.Refused refused -> {
        String reason = refused.reason().name();
        assertEquals(STATUSES.getOrDefault(reason, 403), refused.status());
        assertTrue(reply.hasDeniedResponse());
        assertTrue(reply.getStatus().getCode() != 0);
      }
    }
  }

  private static boolean isMessage(byte[] input) {
    try {
      var _ = CheckRequest.parseFrom(input);
      return true;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  /** By a reading that is as plain as it can be. */
  private static boolean isGrantedTo(AttributeContext told) {
    Map<String, String> said = told.getContextExtensionsMap();
    String path = unreserved(told.getRequest().getHttp().getPath());
    return switch (String.valueOf(said.get("door"))) {
      case "jwt" -> {
        var claims =
            told.getMetadataContext()
                .getFilterMetadataMap()
                .get("envoy.filters.http.jwt_authn")
                .getFieldsMap()
                .get("verified")
                .getStructValue()
                .getFieldsMap();
        yield claims.get("azp").getStringValue().equals("mail")
            && claims.get("org_id").getStringValue().equals("acme")
            && claims.get("iss").getStringValue().equals("i")
            && !claims.containsKey("cnf")
            && claims.get("scope").toString().contains("read")
            && GRANTED_PATH.matcher(path).matches();
      }
      case "mesh" ->
          told.getSource().getPrincipal().equals("spiffe://example.com/account/acme/app/mail");
      case "fixed" -> "mail".equals(said.get("app")) && "acme".equals(said.get("account"));
      case "heads" ->
          "mail".equals(header(told, "x-app"))
              && "acme".equals(header(told, "x-account"))
              && GRANTED_PATH.matcher(path).matches();
      default -> false;
    };
  }

  private static @Nullable String header(AttributeContext told, String name) {
    var http = told.getRequest().getHttp();
    List<String> all =
        http.getHeaderMap().getHeadersList().stream()
            .filter(header -> header.getKey().equalsIgnoreCase(name))
            .map(header ->
                header.getRawValue().isEmpty()
                    ? header.getValue()
                    : header.getRawValue().toString(StandardCharsets.ISO_8859_1))
            .toList();
    return http.getHeadersCount() > 0
        ? http.getHeadersMap().get(name)
        : all.size() == 1 ? all.getFirst() : null;
  }

  /** With what needs no escape written out (RFC 3986 §6.2.2.2). */
  private static String unreserved(String path) {
    return Pattern.compile("%([0-9A-Fa-f]{2})")
        .matcher(path)
        .replaceAll(match -> {
          String c = Character.toString(Integer.parseInt(match.group(1), 16));
          return c.matches("[A-Za-z0-9._~-]") ? c : "%" + match.group(1);
        });
  }
}
