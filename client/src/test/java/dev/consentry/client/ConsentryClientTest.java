package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.consentry.v1.App;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DenyReason;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.PutAppResponse;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeAppResponse;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import io.grpc.CallOptions;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConsentryClientTest {
  private final FakeServer server = FakeServer.start();
  private final ConsentryClient client = ConsentryClient.connect(server.address());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    // decision, deny reason, missing, allowed, what may be minted from "a b"
    "0, 0, '',  false, ''",
    "1, 0, '',  true,  'a b'",
    "1, 0, 'b', false, 'a'",
    "2, 5, 'b', false, 'a'",
    "2, 2, 'a b', false, ''",
    "2, 99, 'a b', false, ''",
    "3, 0, '',  false, ''",
    "-1, 0, '', false, ''",
  })
  void check_decision_onlyPlainAllowIsAllowed(
      int decision, int reason, String missing, boolean allowed, String granted) {
    CheckResponse response =
        CheckResponse.newBuilder()
            .setDecisionValue(decision)
            .setDenyReasonValue(reason)
            .addAllMissingScopes(words(missing))
            .build();
    server.on(DecisionServiceGrpc.getCheckMethod(), request -> response);
    server.on(
        DecisionServiceGrpc.getBatchCheckMethod(),
        request ->
            BatchCheckResponse.newBuilder()
                .addResults(BatchCheckResult.newBuilder().setResponse(response))
                .build());

    CheckResult one = client.check("acme", "sync", "a", "b");
    CheckResult inBatch =
        client.batchCheck(List.of(item("a", "b")), Freshness.minimizeLatency()).get(0);

    assertEquals(allowed, one.allowed());
    assertEquals(words(granted), one.grantedScopes());
    assertEquals(allowed, inBatch.allowed());
    assertEquals(words(granted), inBatch.grantedScopes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 16})
  void check_error_isAnExceptionAndNeverAllowed(int code) {
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        request -> {
          throw Status.fromCodeValue(code).asRuntimeException();
        });

    ConsentryException e =
        assertThrows(ConsentryException.class, () -> client.check("acme", "sync", "a").allowed());

    assertEquals(code, e.code().value());
  }

  @Test
  void batchCheck_itemErrorOrNothing_isNotAllowedAndGrantsNothing() {
    server.on(
        DecisionServiceGrpc.getBatchCheckMethod(),
        request ->
            BatchCheckResponse.newBuilder()
                .addResults(
                    BatchCheckResult.newBuilder()
                        .setError(
                            CheckError.newBuilder()
                                .setCode(3)
                                .setReason(ErrorReason.ERROR_REASON_INVALID_REQUEST)))
                .addResults(BatchCheckResult.getDefaultInstance())
                .build());

    List<CheckResult> results =
        client.batchCheck(List.of(item("a"), item("b")), Freshness.minimizeLatency());

    assertFalse(results.get(0).allowed());
    assertEquals(List.of("a"), results.get(0).missingScopes());
    assertEquals(3, results.get(0).error().orElseThrow().getCode());
    assertFalse(results.get(1).allowed());
    assertEquals(List.of("b"), results.get(1).missingScopes());
    assertEquals(Optional.empty(), results.get(1).error());
  }

  @Test
  void batchCheck_otherNumberOfResults_isAnException() {
    server.on(
        DecisionServiceGrpc.getBatchCheckMethod(),
        request ->
            BatchCheckResponse.newBuilder()
                .addResults(BatchCheckResult.newBuilder().setResponse(allow()))
                .build());

    ConsentryException e =
        assertThrows(
            ConsentryException.class,
            () -> client.batchCheck(List.of(item("a"), item("b")), Freshness.minimizeLatency()));

    assertEquals(Status.Code.INTERNAL, e.code());
  }

  @Test
  void check_answer_isHandedOverWhole() {
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        request ->
            allow().toBuilder()
                .setGrantExpireTime(Timestamp.newBuilder().setSeconds(1_800_000_000))
                .setRevision("r-7")
                .build());

    CheckResult result = client.check("acme", "sync", List.of("a"), Freshness.atLeast("r-5"));

    assertEquals(Optional.of(Instant.ofEpochSecond(1_800_000_000)), result.grantExpireTime());
    assertEquals("r-7", result.revision());
    assertEquals(DenyReason.DENY_REASON_UNSPECIFIED, result.denyReason());
    CheckRequest sent = server.requests(DecisionServiceGrpc.getCheckMethod()).get(0);
    assertEquals("r-5", sent.getConsistency().getAtLeastAsFresh());
    assertEquals("acme", sent.getAccountId());
    assertEquals("sync", sent.getAppId());
    assertEquals(List.of("a"), sent.getScopesList());
  }

  @Test
  void check_fullyConsistent_saysSo() {
    server.on(DecisionServiceGrpc.getCheckMethod(), request -> allow());

    client.check("acme", "sync", List.of("a"), Freshness.fullyConsistent());

    assertTrue(
        server
            .requests(DecisionServiceGrpc.getCheckMethod())
            .get(0)
            .getConsistency()
            .getFullyConsistent());
  }

  @Test
  void check_noTimeoutGiven_twoSeconds() {
    server.on(DecisionServiceGrpc.getCheckMethod(), request -> allow());

    client.check("acme", "sync", "a");

    assertDeadline(ConsentryClient.CHECK_TIMEOUT);
  }

  @Test
  void grant_noTimeoutGiven_tenSeconds() {
    server.on(GrantServiceGrpc.getGrantMethod(), request -> GrantResponse.getDefaultInstance());

    client.grants().grant(GrantRequest.getDefaultInstance());

    assertDeadline(ConsentryClient.CALL_TIMEOUT);
  }

  @Test
  void revokeApp_noTimeoutGiven_tenMinutes() {
    server.onStream(
        GrantServiceGrpc.getRevokeAppMethod(),
        request -> List.of(RevokeAppResponse.getDefaultInstance()));

    client.grants().revokeApp(RevokeAppRequest.getDefaultInstance(), step -> {});

    assertDeadline(ConsentryClient.REVOKE_APP_TIMEOUT);
  }

  @Test
  void timeout_given_countsForEveryCall() {
    server.on(DecisionServiceGrpc.getCheckMethod(), request -> allow());
    server.on(GrantServiceGrpc.getRevokeMethod(), request -> RevokeResponse.getDefaultInstance());

    try (ConsentryClient patient =
        ConsentryClient.builder(server.address()).timeout(Duration.ofSeconds(33)).build()) {
      patient.check("acme", "sync", "a");
      assertDeadline(Duration.ofSeconds(33));
      patient.grants().revoke("acme", "sync", "");
      assertDeadline(Duration.ofSeconds(33));
    }
  }

  @Test
  void stub_deadlineOfItsOwn_isKept() {
    server.on(DecisionServiceGrpc.getCheckMethod(), request -> allow());

    DecisionServiceGrpc.newBlockingStub(client.channel())
        .withDeadlineAfter(25, TimeUnit.SECONDS)
        .check(CheckRequest.getDefaultInstance());

    assertDeadline(Duration.ofSeconds(25));
  }

  @Test
  void timeout_notPositive_isRefused() {
    ConsentryClient.Builder builder = ConsentryClient.builder("127.0.0.1:1");

    assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO));
  }

  @Test
  void check_serverSilent_failsAtTheDeadline() {
    server.onNothing(DecisionServiceGrpc.getCheckMethod());

    try (ConsentryClient hasty =
        ConsentryClient.builder(server.address()).timeout(Duration.ofMillis(200)).build()) {
      ConsentryException e =
          assertThrows(ConsentryException.class, () -> hasty.check("acme", "sync", "a"));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, e.code());
    }
  }

  @Test
  void check_serverComesLater_isAnsweredWithinTheDeadline() throws Exception {
    int port = freePort();
    try (ConsentryClient early =
        ConsentryClient.builder("127.0.0.1:" + port).timeout(Duration.ofSeconds(20)).build()) {
      assertFalse(early.connected(Duration.ofSeconds(20)));
      CompletableFuture<CheckResult> answer =
          CompletableFuture.supplyAsync(() -> early.check("acme", "sync", "a"));
      try (FakeServer late = FakeServer.startOn(port)) {
        late.on(DecisionServiceGrpc.getCheckMethod(), request -> allow());
        assertTrue(answer.get(20, TimeUnit.SECONDS).allowed());
      }
    }
  }

  @Test
  void connected_nobodyThere_isFalseAtOnce() throws Exception {
    try (ConsentryClient lost = ConsentryClient.connect("127.0.0.1:" + freePort())) {
      assertFalse(
          assertTimeoutPreemptively(
              Duration.ofSeconds(20), () -> lost.connected(Duration.ofSeconds(60))));
    }
    assertTrue(client.connected(Duration.ofSeconds(20)));
  }

  @Test
  void grant_unavailableTwice_isSentAgainWithTheSameRequestId() {
    AtomicInteger calls = new AtomicInteger();
    server.on(
        GrantServiceGrpc.getGrantMethod(),
        request -> {
          if (calls.incrementAndGet() < 3) {
            throw FakeServer.refusal(
                Status.Code.UNAVAILABLE,
                ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
                "perhaps",
                Map.of());
          }
          return GrantResponse.newBuilder().setRevision("r-1").build();
        });

    assertEquals(
        "r-1",
        client.grants().grant(GrantRequest.newBuilder().setAppId("x").build()).getRevision());

    List<String> ids =
        server.requests(GrantServiceGrpc.getGrantMethod()).stream()
            .map(GrantRequest::getRequestId)
            .toList();
    assertEquals(3, ids.size());
    assertEquals(1, ids.stream().distinct().count());
    assertEquals(ids.get(0), UUID.fromString(ids.get(0)).toString());
  }

  @Test
  void grantAndRevoke_eachCall_hasARequestIdOfItsOwnUnlessGiven() {
    server.on(GrantServiceGrpc.getGrantMethod(), request -> GrantResponse.getDefaultInstance());
    server.on(GrantServiceGrpc.getRevokeMethod(), request -> RevokeResponse.getDefaultInstance());

    client.grants().grant(GrantRequest.getDefaultInstance());
    client.grants().grant(GrantRequest.newBuilder().setRequestId("mine").build());
    client.grants().revoke("acme", "sync", "why");
    // Stubs get the same: the id is set on the channel.
    GrantServiceGrpc.newBlockingStub(client.channel()).revoke(RevokeRequest.getDefaultInstance());

    List<GrantRequest> grants = server.requests(GrantServiceGrpc.getGrantMethod());
    List<RevokeRequest> revokes = server.requests(GrantServiceGrpc.getRevokeMethod());
    List<String> made =
        List.of(
            grants.get(0).getRequestId(),
            revokes.get(0).getRequestId(),
            revokes.get(1).getRequestId());
    made.forEach(UUID::fromString);
    assertEquals(3, made.stream().distinct().count());
    assertEquals("mine", grants.get(1).getRequestId());
    assertEquals("why", revokes.get(0).getReason());
  }

  @Test
  void put_appWithoutAnswer_isSentOnce() {
    server.on(
        AppServiceGrpc.getPutAppMethod(),
        request -> {
          throw Status.UNAVAILABLE.asRuntimeException();
        });

    assertThrows(
        ConsentryException.class, () -> client.apps().put(App.newBuilder().setAppId("x").build()));

    assertEquals(1, server.requests(AppServiceGrpc.getPutAppMethod()).size());
  }

  @Test
  void put_app_sendsItUnchecked() {
    server.on(
        AppServiceGrpc.getPutAppMethod(),
        request -> PutAppResponse.newBuilder().setApp(request.getApp()).build());

    assertEquals(
        "x", client.apps().put(App.newBuilder().setAppId("x").build()).getApp().getAppId());

    assertFalse(server.requests(AppServiceGrpc.getPutAppMethod()).get(0).hasExpectedVersion());
  }

  @Test
  void check_replyOverFourMebibytes_isRefused() {
    String scope = "s".repeat(ConsentryClient.INBOUND_BYTES_MAX + 1);
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        request -> allow().toBuilder().addMissingScopes(scope).build());

    ConsentryException e =
        assertThrows(ConsentryException.class, () -> client.check("acme", "sync", "a"));

    assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.code());
  }

  @Test
  void revokeApp_steps_areHandedOverAndTheLastReturned() {
    server.onStream(
        GrantServiceGrpc.getRevokeAppMethod(), request -> List.of(step(100, 1), step(1, 0)));

    List<Long> revoked = new ArrayList<>();
    RevokeAppResponse last =
        client
            .grants()
            .revokeApp(
                RevokeAppRequest.newBuilder().setAppId("x").build(),
                step -> revoked.add(step.getRevokedCount()));

    assertEquals(List.of(100L, 1L), revoked);
    assertEquals(0, last.getRemainingCount());
  }

  @Test
  void revokeApp_consumerThrows_endsTheCall() {
    server.onStream(
        GrantServiceGrpc.getRevokeAppMethod(), request -> List.of(step(1, 1), step(1, 0)));

    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                client
                    .grants()
                    .revokeApp(
                        RevokeAppRequest.getDefaultInstance(),
                        step -> {
                          throw new IllegalStateException("enough");
                        }));

    assertEquals("enough", thrown.getMessage());
  }

  @Test
  void stub_error_canBeRead() {
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        request -> {
          throw FakeServer.refusal(
              Status.Code.NOT_FOUND, ErrorReason.ERROR_REASON_APP_NOT_FOUND, "no app", Map.of());
        });

    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                DecisionServiceGrpc.newBlockingStub(client.channel())
                    .check(CheckRequest.getDefaultInstance()));

    assertEquals(ErrorReason.ERROR_REASON_APP_NOT_FOUND, ConsentryException.of(failure).reason());
  }

  @Test
  void streamCheck_noDeadlineGiven_hasNone() {
    assertNull(
        new CallDefaults(null, () -> "")
            .bounded(DecisionServiceGrpc.getStreamCheckMethod(), CallOptions.DEFAULT)
            .getDeadline());
  }

  @Test
  void builder_channelOfTheCaller_isUsed() throws IOException {
    String name = UUID.randomUUID().toString();
    Server inProcess =
        InProcessServerBuilder.forName(name)
            .addService(
                new DecisionServiceGrpc.DecisionServiceImplBase() {
                  @Override
                  public void check(CheckRequest request, StreamObserver<CheckResponse> observer) {
                    observer.onNext(allow());
                    observer.onCompleted();
                  }
                })
            .build()
            .start();
    try (ConsentryClient near =
        ConsentryClient.builder(InProcessChannelBuilder.forName(name)).build()) {
      assertTrue(near.check("acme", "sync", "a").allowed());
    } finally {
      inProcess.shutdownNow();
    }
  }

  private void assertDeadline(Duration expected) {
    List<FakeServer.Received> received = server.received();
    long left = received.get(received.size() - 1).millisLeft();
    assertTrue(left <= expected.toMillis(), () -> "left " + left);
    // Wide, for a slow machine; narrower than the step to the next shorter default.
    assertTrue(left > expected.toMillis() / 4, () -> "left " + left);
  }

  private static RevokeAppResponse step(long revoked, long remaining) {
    return RevokeAppResponse.newBuilder()
        .setRevokedCount(revoked)
        .setRemainingCount(remaining)
        .build();
  }

  private static CheckResponse allow() {
    return CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build();
  }

  private static BatchCheckItem item(String... scopes) {
    return BatchCheckItem.newBuilder()
        .setAccountId("acme")
        .setAppId("sync")
        .addAllScopes(List.of(scopes))
        .build();
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
