package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Value;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.door.Doors;
import dev.consentry.server.door.TestGateway;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.StreamCheckRequest;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is asked, and however it is answered, is a line in the decision log. */
final class DecisionLogTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final String TIME = "2026-11-25T12:00:00.000Z";

  private final HeardLines sink = new HeardLines();
  private final GatedTable table = new GatedTable();
  private final QueuedDecisionLog log =
      QueuedDecisionLog.start(sink, 1, () -> 0, InstantSource.fixed(NOW));
  private final TestServer server =
      TestServer.start(TestServer.Wrapping.ofTable(table::wrapping), log);

  @BeforeEach
  void grant() {
    server.putApp("app", List.of("read"), List.of("write"));
    server.grant("acme", "app");
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void check_fromStoreAndFromMemory_areTheSameLine() {
    String revision = server.check("acme", "app", "read").getRevision();
    server.check("acme", "app", "read");
    var line =
        Map.of(
            "time", TIME,
            "call", "Check",
            "caller", "local",
            "account_id", "acme",
            "app_id", "app",
            "scopes", List.of("read"),
            "decision", "ALLOW",
            "revision", revision);
    assertEquals(List.of(line, line), lines());
  }

  @Test
  void check_denied_saysWhyAndWhatIsMissing() {
    String revision = server.check("acme", "app", "read", "write").getRevision();
    server.check("acme", "app", "read", "write");
    var line =
        Map.of(
            "time", TIME,
            "call", "Check",
            "caller", "local",
            "account_id", "acme",
            "app_id", "app",
            "scopes", List.of("read", "write"),
            "decision", "DENY",
            "deny_reason", "SCOPE_NOT_GRANTED",
            "missing_scopes", List.of("write"),
            "revision", revision);
    assertEquals(List.of(line, line), lines());
  }

  @Test
  void check_refused_saysWhichErrorAndWhatWasAsked() {
    Assertions.assertThrows(
        StatusRuntimeException.class, () -> server.check("acme", "a b\u2028", "read"));
    assertEquals(
        List.of(
            Map.of(
                "time", TIME,
                "call", "Check",
                "caller", "local",
                "account_id", "acme",
                "app_id", "a b\u2028",
                "scopes", List.of("read"),
                "error", "INVALID_REQUEST")),
        lines());
  }

  @Test
  void check_storeFails_isALineWithTheError() {
    table.shut();
    table.fail(new RefusedException(new Refusal.StoreUnavailable()));
    Assertions.assertThrows(
        StatusRuntimeException.class, () -> server.check("acme", GatedTable.COLD_APP, "read"));
    assertEquals(List.of("STORE_UNAVAILABLE"), values("error"));
  }

  @Test
  void check_idsOfAnyLength_areLoggedWholeOrByTheirLength() {
    String longest = "x".repeat(DecisionLines.TEXT_CHARACTERS_MAX);
    Assertions.assertThrows(
        StatusRuntimeException.class, () -> server.check(longest, longest + "x", longest + "x"));
    var line = lines().getFirst();
    assertEquals(longest, line.get("account_id"));
    assertEquals(longest.length() + 1L, line.get("app_id_length"));
    assertEquals(List.of(), line.get("scopes"));
    assertEquals(1L, line.get("scopes_left_out"));
  }

  @Test
  void check_moreScopesThanMayBe_logsTheFirstOfThem() {
    var request = CheckRequest.newBuilder().setAccountId("acme").setAppId("app");
    for (int i = 0; i <= DecisionLines.SCOPES_MAX; i++) {
      request.addScopes("s" + i);
    }
    Assertions.assertThrows(
        StatusRuntimeException.class, () -> server.decisions().check(request.build()));
    var line = lines().getFirst();
    assertEquals(request.getScopesList().subList(0, DecisionLines.SCOPES_MAX), line.get("scopes"));
    assertEquals(1L, line.get("scopes_left_out"));
  }

  @Test
  void check_noMessage_isALineWithTheErrorAlone() {
    Assertions.assertThrows(
        StatusRuntimeException.class,
        () ->
            ClientCalls.blockingUnaryCall(
                server.channel(),
                ByteMessages.of(dev.consentry.v1.DecisionServiceGrpc.getCheckMethod()),
                io.grpc.CallOptions.DEFAULT,
                new byte[] {-1}));
    assertEquals(
        List.of(
            Map.of("time", TIME, "call", "Check", "caller", "local", "error", "INVALID_REQUEST")),
        lines());
  }

  @Test
  void batch_fromMemoryAndByMessage_isALineAnItem() {
    server.check("acme", "app", "read");
    server.check("globex", "app", "read");
    var batch =
        BatchCheckRequest.newBuilder()
            .addItems(item("acme", "app", "read"))
            .addItems(item("globex", "app", "read"))
            .build();
    server.decisions().batchCheck(batch);
    server
        .decisions()
        .batchCheck(
            batch.toBuilder()
                .addItems(item("acme", "a b", "read"))
                .setConsistency(Consistency.newBuilder().setFullyConsistent(true))
                .build());
    var items = lines().subList(2, 7);
    assertEquals(
        List.of("BatchCheck"), items.stream().map(line -> line.get("call")).distinct().toList());
    assertEquals(
        List.of("ALLOW", "DENY", "ALLOW", "DENY", "INVALID_REQUEST"),
        items.stream().map(line -> line.getOrDefault("decision", line.get("error"))).toList());
    assertEquals(
        List.of("acme", "globex", "acme", "globex", "acme"),
        items.stream().map(line -> line.get("account_id")).toList());
  }

  @Test
  void batch_refusedAsAWhole_isOneLine() {
    Assertions.assertThrows(
        StatusRuntimeException.class,
        () -> server.decisions().batchCheck(BatchCheckRequest.getDefaultInstance()));
    assertEquals(
        List.of(
            Map.of(
                "time", TIME,
                "call", "BatchCheck",
                "caller", "local",
                "items", 0L,
                "error", "INVALID_REQUEST")),
        lines());
  }

  @Test
  void stream_itemsOfEveryKind_areALineEach() {
    var caller = StreamCaller.reading(server);
    caller.send(streamItem("1", "acme", "app"));
    Await.until("an answer", () -> caller.answers().size() == 1);
    caller.send(streamItem("2", "acme", "app"));
    caller.send(streamItem("3", "globex", "app"));
    caller.send(streamItem("4", "acme", "a b"));
    caller.halfClose();
    Await.until("the end", caller::ended);
    var lines = lines();
    assertEquals(4, lines.size());
    assertEquals(
        List.of("StreamCheck"), lines.stream().map(line -> line.get("call")).distinct().toList());
    assertEquals(2, values("decision").stream().filter("ALLOW"::equals).count());
    assertEquals(List.of("NO_GRANT"), values("deny_reason"));
    assertEquals(List.of("INVALID_REQUEST"), values("error"));
  }

  @Test
  void door_everyKindOfAnswer_isALine(@TempDir Path folder) {
    String section =
        """
        gateway:
          doors:
            edge: { kind: ext_authz, subject: { source: fixed }, scopes: gateway, preflight: allow }
        """;
    try (var gateway = new TestGateway(section, new Around(false, false), folder)) {
      var _ = server.open(gateway, gateway.tokens());
      EnvoyRequest asked =
          EnvoyRequest.at("edge", "GET", "/x")
              .said("scopes", "read")
              .said("app", "app")
              .said("account", "acme");
      String revision = ask(asked);
      ask(asked);
      ask(asked.said("scopes", "read write"));
      ask(asked.path("//x"));
      ask(asked.said("door", "an\u2028other"));
      ask(
          EnvoyRequest.at("edge", "OPTIONS", "/x")
              .header("origin", "x")
              .header("access-control-request-method", "PUT"));
      table.shut();
      table.fail(new RefusedException(new Refusal.TooStale()));
      Assertions.assertThrows(
          StatusRuntimeException.class, () -> ask(asked.said("app", GatedTable.COLD_APP)));

      Map<String, Object> edge =
          Map.of("time", TIME, "call", "Door", "caller", "local", "door", "edge");
      Map<String, Object> question =
          and(edge, Map.of("account_id", "acme", "app_id", "app", "scopes", List.of("read")));
      Map<String, Object> allowed =
          and(question, Map.of("decision", "ALLOW", "revision", revision));
      assertEquals(
          List.of(
              allowed,
              allowed,
              and(
                  question,
                  Map.of(
                      "scopes",
                      List.of("read", "write"),
                      "decision",
                      "DENY",
                      "deny_reason",
                      "SCOPE_NOT_GRANTED",
                      "revision",
                      revision)),
              and(edge, Map.of("decision", "DENY", "deny_reason", "UNSAFE_REQUEST")),
              and(
                  edge,
                  Map.of(
                      "door",
                      Doors.NO_DOOR,
                      "decision",
                      "DENY",
                      "deny_reason",
                      "BAD_DOOR_CONFIGURATION")),
              and(edge, Map.of("decision", "PUBLIC")),
              and(question, Map.of("app_id", GatedTable.COLD_APP, "error", "TOO_STALE"))),
          lines());
    }
  }

  /** The revision that comes back. */
  private String ask(EnvoyRequest request) {
    return AuthorizationGrpc.newBlockingStub(server.channel())
        .check(request.in(EnvoyRequest.Shape.JOINED))
        .getDynamicMetadata()
        .getFieldsMap()
        .getOrDefault("revision", Value.getDefaultInstance())
        .getStringValue();
  }

  private static Map<String, Object> and(Map<String, Object> some, Map<String, Object> more) {
    var all = new HashMap<>(some);
    all.putAll(more);
    return all;
  }

  private static BatchCheckItem item(String account, String app, String scope) {
    return BatchCheckItem.newBuilder().setAccountId(account).setAppId(app).addScopes(scope).build();
  }

  private static StreamCheckRequest streamItem(String id, String account, String app) {
    return StreamCheckRequest.newBuilder()
        .setCorrelationId(id)
        .setCheck(TestServer.checkOf(account, app, "read"))
        .build();
  }

  /** All that was written; nothing is asked after this. */
  private List<Map<String, Object>> lines() {
    log.close();
    return sink.read();
  }

  private List<Object> values(String key) {
    return lines().stream().filter(l -> l.containsKey(key)).map(l -> l.get(key)).toList();
  }
}
