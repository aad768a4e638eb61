package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.consentry.server.bench.BenchGrants;
import dev.consentry.server.door.DoorCall;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.GrantTable;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Envoy is answered in bytes is, byte for byte, what it is answered by messages; and all that
 * has the plain form is answered in bytes.
 */
final class ExtAuthzBytesTest {
  private static final int CASES = 50_000;
  private static final String SECTION =
      """
      gateway:
        doors:
          jwt: { kind: ext_authz, subject: { source: envoy-jwt, payload: verified, issuers: [a, b], audiences: [api], app: azp, account: org_id }, scopes: routes }
          fixed: { kind: ext_authz, subject: { source: fixed }, scopes: gateway, tenant: '/accounts/{account}/**' }
          mesh: { kind: ext_authz, subject: { source: peer, template: 'spiffe://example.com/{account}/{app}' }, scopes: [orders.read], allow_headers: [x-http-method] }
          heads: { kind: ext_authz, subject: { source: headers, app: x-app, account: x-account, trusted: true }, scopes: [orders.read, profile.read], preflight: allow }
        routes:
          - { host: api.example.com, path: '/accounts/{account}/orders/**', methods: [GET], scopes: [orders.read] }
          - { path: /status, methods: [GET], public: true }
          - { path: '/**', methods: [GET, POST], scopes: [orders.read, invoices.read, nobody.has] }
      """;

  private final Gateway gateway =
      GatewayFile.parse(
          Path.of("gateway.yaml"),
          SECTION.getBytes(StandardCharsets.UTF_8),
          new GatewayFile.Around(false, false));
  private final GrantTable table =
      BenchGrants.tableFor(BenchGrants.questions(RandomGatewayRequests.ACCOUNTS, "orders.read"));
  private final Doors doors =
      new Doors(
          () -> gateway,
          Map.of(),
          table,
          _ -> table,
          InstantSource.fixed(Instant.ofEpochSecond(RandomGatewayRequests.NOW_SECONDS)),
          new Counters(),
          new DoorCounters(gateway.doors().keySet()),
          DecisionLog.OFF);

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_128})
  void of_randomRequests_isAnsweredAsByMessages(long seed) {
    assertEquals(Optional.empty(), compare(seed, Bug.NONE));
  }

  @ParameterizedTest(name = "{0}, seed 1")
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void compare_plantedBug_isFound(Bug bug) {
    assertTrue(compare(1, bug).isPresent());
  }

  @Test
  void of_requestsThatAreNotSpoiled_areAllRead() {
    var requests = new RandomGatewayRequests(new SplittableRandom(5));
    for (int i = 0; i < 1_000; i++) {
      byte[] request = requests.plain().toByteArray();
      assertNotNull(
          ExtAuthzBytes.of(Caller.LOCAL, request), () -> HexFormat.of().formatHex(request));
    }
  }

  /** Empty if both ways say the same to all of them. */
  private Optional<String> compare(long seed, Bug bug) {
    var requests = new RandomGatewayRequests(new SplittableRandom(seed));
    var outcomes = new TreeMap<String, Integer>();
    int answered = 0;
    for (int i = 0; i < CASES; i++) {
      byte[] request = requests.next();
      ExtAuthzBytes read = ExtAuthzBytes.of(Caller.LOCAL, request);
      if (read != null) {
        answered++;
        DoorAnswer answer = doors.answerNow(bug == Bug.NONE ? read : new Buggy(read, bug));
        byte[] reply = answer == null ? null : ExtAuthzReplyBytes.reply(answer);
        byte[] right;
        try {
          right = byMessage(request);
        } catch (InvalidProtocolBufferException e) {
          return Optional.of("case %d: %s is no message".formatted(i, hex(request)));
        }
        if (!Arrays.equals(right, reply)) {
          return Optional.of(
              "case %d: %s gives %s, not %s".formatted(i, hex(request), hex(reply), hex(right)));
        }
        outcomes.merge(answer == null ? "later" : answer.outcome(), 1, Integer::sum);
      } else if (requests.lastWasPlain()) {
        return Optional.of("case %d: %s is not read".formatted(i, hex(request)));
      }
    }
    // Otherwise the comparison would say little.
    assertTrue(answered > CASES / 3, "read in bytes: " + answered);
    assertTrue(answered < CASES * 19 / 20, "read in bytes: " + answered);
    for (String outcome : new String[] {"allow", "deny", "public", "later"}) {
      int count = outcomes.getOrDefault(outcome, 0);
      assertTrue(count > CASES / 200, () -> outcome + " is rare: " + outcomes);
    }
    return Optional.empty();
  }

  private byte @Nullable [] byMessage(byte[] request) throws InvalidProtocolBufferException {
    DoorAnswer answer =
        doors.answerNow(new ExtAuthzCall(Caller.LOCAL, CheckRequest.parseFrom(request)));
    return answer == null ? null : ExtAuthzReplies.reply(answer).toByteArray();
  }

  private static String hex(byte @Nullable [] bytes) {
    return bytes == null ? "nothing" : HexFormat.of().formatHex(bytes);
  }

  /** What somebody could get wrong where the bytes are read. */
  enum Bug {
    NONE,
    HEADERS_COME_TWICE,
    ALIAS_OF_A_HEADER_FORGOTTEN,
    SECOND_HEADER_FORGOTTEN,
    EXTENSIONS_FORGOTTEN,
    PRINCIPAL_FORGOTTEN,
    NUMBERS_AS_TEXTS
  }

  /** A call with a bug. */
  private record Buggy(DoorCall call, Bug bug) implements DoorCall {
    @Override
    public Caller caller() {
      return call.caller();
    }

    @Override
    public Door.Kind kind() {
      return call.kind();
    }

    @Override
    public @Nullable String door() {
      return call.door();
    }

    @Override
    public Map<String, String> said() {
      return bug == Bug.EXTENSIONS_FORGOTTEN ? Map.of() : call.said();
    }

    @Override
    public AppRequest request(Door door) throws NotLetThroughException {
      try {
        return new BuggyRequest(call.request(door), bug);
      } catch (NotLetThroughException e) {
        if (bug == Bug.HEADERS_COME_TWICE) {
          throw new NotLetThroughException(e.reason(), "something is wrong");
        }
        throw e;
      }
    }

    @Override
    public @Nullable Map<String, ?> verified(String payload) {
      Map<String, ?> verified = call.verified(payload);
      if (verified == null || bug != Bug.NUMBERS_AS_TEXTS) {
        return verified;
      }
      var texts = new TreeMap<String, Object>();
      verified.forEach((name, value) ->
          texts.put(
              name,
              value instanceof Double number && !name.equals("exp") ? number.toString() : value));
      return texts;
    }

    @Override
    public String principal() {
      return bug == Bug.PRINCIPAL_FORGOTTEN ? "" : call.principal();
    }
  }

  private record BuggyRequest(AppRequest request, Bug bug) implements AppRequest {
    @Override
    public String method() {
      return request.method();
    }

    @Override
    public String host() {
      return request.host();
    }

    @Override
    public String target() {
      return request.target();
    }

    @Override
    public boolean has(String lowerCaseName) {
      if (bug != Bug.ALIAS_OF_A_HEADER_FORGOTTEN) {
        return request.has(lowerCaseName);
      }
      try {
        return request.one(lowerCaseName) != null;
      } catch (NotLetThroughException e) {
        return true;
      }
    }

    @Override
    public @Nullable String one(String lowerCaseName) throws NotLetThroughException {
      try {
        return request.one(lowerCaseName);
      } catch (NotLetThroughException e) {
        if (bug == Bug.SECOND_HEADER_FORGOTTEN) {
          return null;
        }
        throw e;
      }
    }
  }
}
