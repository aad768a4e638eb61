package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Extent;
import dev.consentry.server.security.Role;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc.DecisionServiceBlockingStub;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.StreamCheckRequest;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody gets in without a credential that is good now, and whoever does is the one it names. */
final class DoorkeeperTest {
  private final ListedCallers callers =
      new ListedCallers()
          .with("admin", Binding.everywhere(Role.ACCOUNT_ADMIN), Binding.everywhere(Role.OPERATOR))
          .with("gateway", Binding.everywhere(Role.DECIDER))
          .with("sidecar", new Binding(Role.DECIDER, Extent.of(List.of("acme")), Extent.ALL));

  private final TestServer server = TestServer.startAsking(callers, TestServer.Wrapping.NONE);

  @BeforeEach
  void grant() {
    var _ =
        server
            .apps()
            .withCallCredentials(ListedCallers.token("admin"))
            .putApp(
                PutAppRequest.newBuilder()
                    .setApp(TestServer.app("mail", List.of("mail.read"), List.of()))
                    .build());
    for (String account : List.of("acme", "globex")) {
      var _ =
          server
              .grants()
              .withCallCredentials(ListedCallers.token("admin"))
              .grant(TestServer.grantOf(account, "mail").build());
    }
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void check_noCredential_isUnauthenticated() {
    assertUnauthenticated("no credential", ListedCallers.showing());
  }

  @Test
  void check_twoAuthorizationValues_isUnauthenticatedHoweverGoodTheyAre() {
    assertUnauthenticated(
        "more than one `authorization`", ListedCallers.showing("Bearer gateway", "Bearer gateway"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway", "Basic gateway", "Bearer", "Bearergateway", ""})
  void check_noBearerToken_isUnauthenticated(String authorization) {
    assertUnauthenticated("must be `Bearer`", ListedCallers.showing(authorization));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer nobody", "Bearer gateway2", "Bearer gatewa", "Bearer Gateway"})
  void check_unknownToken_isUnauthenticated(String authorization) {
    assertUnauthenticated("not valid", ListedCallers.showing(authorization));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer gateway", "bearer gateway", "BEARER gateway"})
  void check_knownToken_isAnswered(String authorization) {
    assertAllowed(check(ListedCallers.showing(authorization), "acme"));
  }

  @Test
  void check_sameTokenAgain_isAskedForOnce() {
    int before = callers.asked();
    IntStream.range(0, 100)
        .forEach(_ -> assertAllowed(check(ListedCallers.token("gateway"), "acme")));
    assertEquals(1, callers.asked() - before);
  }

  @Test
  void check_tokenTakenBack_isRefusedAtOnce() {
    assertAllowed(check(ListedCallers.token("gateway"), "acme"));
    callers.takeBack("gateway");
    assertUnauthenticated("not valid", ListedCallers.token("gateway"));
  }

  /** Headers first, the request when the credential has been taken back meanwhile. */
  @Test
  void calls_tokenTakenBackBetweenHeadersAndRequest_areRefused() {
    var check = begin(DecisionServiceGrpc.getCheckMethod(), "gateway");
    var batch = begin(DecisionServiceGrpc.getBatchCheckMethod(), "gateway");
    var revoke = begin(GrantServiceGrpc.getRevokeMethod(), "admin");
    callers.takeBack("gateway");
    callers.takeBack("admin");
    assertEquals(
        Status.Code.UNAUTHENTICATED, check.send(TestServer.checkOf("acme", "mail", "mail.read")));
    assertEquals(
        Status.Code.UNAUTHENTICATED,
        batch.send(
            BatchCheckRequest.newBuilder()
                .addItems(
                    BatchCheckItem.newBuilder()
                        .setAccountId("acme")
                        .setAppId("mail")
                        .addScopes("mail.read"))
                .build()));
    assertEquals(
        Status.Code.UNAUTHENTICATED,
        revoke.send(RevokeRequest.newBuilder().setAccountId("acme").setAppId("mail").build()));
  }

  private <Q, R> BegunCall<Q, R> begin(MethodDescriptor<Q, R> method, String token) {
    return new BegunCall<>(
        server
            .channel()
            .newCall(method, CallOptions.DEFAULT.withCallCredentials(ListedCallers.token(token))));
  }

  /** A call whose headers are there, and nothing else yet. */
  private static final class BegunCall<Q, R> {
    private final ClientCall<Q, R> call;
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    BegunCall(ClientCall<Q, R> call) {
      this.call = call;
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onClose(Status status, Metadata trailers) {
              end.complete(status);
            }
          },
          new Metadata());
      call.request(1);
    }

    Status.Code send(Q request) {
      call.sendMessage(request);
      call.halfClose();
      return end.orTimeout(20, TimeUnit.SECONDS).join().getCode();
    }
  }

  @Test
  void check_sessionThatEnded_isAskedForAgain() {
    callers.with("short", TestServer.START.plusSeconds(30), Binding.everywhere(Role.DECIDER));
    assertAllowed(check(ListedCallers.token("short"), "acme"));
    int before = callers.asked();
    server.advance(Duration.ofSeconds(29));
    assertAllowed(check(ListedCallers.token("short"), "acme"));
    assertEquals(before, callers.asked());
    callers.with("short", TestServer.START.plusSeconds(60), Binding.everywhere(Role.DECIDER));
    server.advance(Duration.ofSeconds(1));
    assertAllowed(check(ListedCallers.token("short"), "acme"));
    assertEquals(1, callers.asked() - before);
  }

  /** Whatever a credential says of its own end, it is looked at again after a minute. */
  @Test
  void check_sessionWithoutEnd_isKnownForAMinute() {
    assertAllowed(check(ListedCallers.token("gateway"), "acme"));
    int before = callers.asked();
    server.advance(Duration.ofSeconds(59));
    assertAllowed(check(ListedCallers.token("gateway"), "acme"));
    assertEquals(before, callers.asked());
    server.advance(Duration.ofSeconds(1));
    assertAllowed(check(ListedCallers.token("gateway"), "acme"));
    assertEquals(1, callers.asked() - before);
  }

  @Test
  void check_slowCredential_isLookedIntoOnAnotherThread() {
    var threads = new ArrayList<Boolean>();
    callers.slowly(() -> threads.add(Thread.currentThread().isVirtual()));
    assertAllowed(check(ListedCallers.token("gateway"), "acme"));
    assertAllowed(check(ListedCallers.token("gateway"), "acme"));
    assertEquals(List.of(true), threads);
    assertUnauthenticated("not valid", ListedCallers.token("nobody"));
  }

  @Test
  void check_bugInAuthentication_letsNobodyIn() {
    callers.slowly(() -> {
      throw new IllegalStateException("a bug");
    });
    var failure = Failure.of(() -> check(ListedCallers.token("gateway"), "acme"));
    assertEquals(Status.Code.INTERNAL, failure.code());
  }

  /** More than are looked into at once are told to come again; none of them hangs. */
  @Test
  void check_manySlowCredentialsAtOnce_areShed() throws Exception {
    var release = new CountDownLatch(1);
    var held = new AtomicInteger();
    callers.slowly(() -> {
      held.incrementAndGet();
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
    var stub = DecisionServiceGrpc.newFutureStub(server.channel());
    var calls =
        IntStream.range(0, Connection.IDENTIFYING_MAX + 10)
            .mapToObj(i ->
                stub.withCallCredentials(ListedCallers.token("made up " + i))
                    .check(TestServer.checkOf("acme", "mail", "mail.read")))
            .toList();
    Await.until(
        "all but those held are shed", () -> calls.stream().filter(c -> c.isDone()).count() == 10);
    assertEquals(Connection.IDENTIFYING_MAX, held.get());
    release.countDown();
    var codes = new ArrayList<Status.Code>();
    for (var call : calls) {
      try {
        call.get(20, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException e) {
        codes.add(Status.fromThrowable(e).getCode());
      }
    }
    assertEquals(10, codes.stream().filter(code -> code == Status.Code.RESOURCE_EXHAUSTED).count());
    assertEquals(
        Connection.IDENTIFYING_MAX,
        codes.stream().filter(code -> code == Status.Code.UNAUTHENTICATED).count());
  }

  @Test
  void check_limitedCaller_isAnsweredForItsOwnAccountAlone() {
    assertAllowed(check(ListedCallers.token("sidecar"), "acme"));
    var failure = Failure.of(() -> check(ListedCallers.token("sidecar"), "globex"));
    assertEquals(ErrorReason.ERROR_REASON_NOT_ALLOWED, failure.reason());
  }

  @Test
  void batch_limitedCaller_getsAnErrorForEachItemThatIsNotItsOwn() {
    var request = BatchCheckRequest.newBuilder();
    for (String account : List.of("acme", "globex", "acme", "no\naccount")) {
      request.addItems(
          BatchCheckItem.newBuilder()
              .setAccountId(account)
              .setAppId("mail")
              .addScopes("mail.read"));
    }
    var results =
        decisions(ListedCallers.token("sidecar")).batchCheck(request.build()).getResultsList();
    assertAllowed(results.get(0).getResponse());
    assertEquals(ErrorReason.ERROR_REASON_NOT_ALLOWED, results.get(1).getError().getReason());
    assertAllowed(results.get(2).getResponse());
    assertEquals(ErrorReason.ERROR_REASON_NOT_ALLOWED, results.get(3).getError().getReason());
  }

  @Test
  void stream_limitedCaller_getsAnErrorForEachItemThatIsNotItsOwn() {
    var stream = StreamCaller.reading(server, ListedCallers.token("sidecar"));
    stream.send(item("1", "globex"));
    stream.send(item("2", "acme"));
    stream.awaitAnswers(2);
    assertEquals(
        ErrorReason.ERROR_REASON_NOT_ALLOWED, stream.answers().get(0).getError().getReason());
    assertAllowed(stream.answers().get(1).getResponse());
    stream.halfClose();
    assertEquals(null, stream.awaitEnd());
  }

  @Test
  void stream_tokenTakenBack_endsUnauthenticated() {
    var stream = StreamCaller.reading(server, ListedCallers.token("sidecar"));
    stream.send(item("1", "acme"));
    stream.awaitAnswers(1);
    callers.takeBack("sidecar");
    stream.send(item("2", "acme"));
    var end = stream.awaitEnd();
    assertNotNull(end);
    assertEquals(ErrorReason.ERROR_REASON_UNAUTHENTICATED, Failure.of(end).reason());
    assertEquals(1, stream.answers().size());
  }

  @Test
  void stream_rightsTakenAwayMeanwhile_areGoneWithTheNextItem() {
    var stream = StreamCaller.reading(server, ListedCallers.token("gateway"));
    stream.send(item("1", "globex"));
    stream.awaitAnswers(1);
    callers.takeBack("gateway");
    callers.with("gateway", new Binding(Role.DECIDER, Extent.of(List.of("acme")), Extent.ALL));
    stream.send(item("2", "globex"));
    stream.awaitAnswers(2);
    assertAllowed(stream.answers().get(0).getResponse());
    assertEquals(
        ErrorReason.ERROR_REASON_NOT_ALLOWED, stream.answers().get(1).getError().getReason());
    stream.cancel();
  }

  /** A session that ends while many items come is renewed once, and no item is lost. */
  @Test
  void stream_slowSessionThatEnds_isRenewedOnce() {
    callers.slowly(() -> {});
    var stream = StreamCaller.reading(server, ListedCallers.token("gateway"));
    stream.send(item("first", "acme"));
    stream.awaitAnswers(1);
    int before = callers.asked();
    server.advance(Duration.ofSeconds(60));
    for (int i = 0; i < 500; i++) {
      stream.send(item("item-" + i, "acme"));
    }
    stream.awaitAnswers(501);
    stream.answers().forEach(answer -> assertAllowed(answer.getResponse()));
    assertEquals(1, callers.asked() - before);
    stream.halfClose();
    assertEquals(null, stream.awaitEnd());
  }

  @Test
  void grant_byACredential_namesItInTheHistory() {
    var events =
        server
            .history()
            .withCallCredentials(ListedCallers.token("admin"))
            .listEvents(ListEventsRequest.getDefaultInstance())
            .getEventsList();
    assertTrue(events.size() >= 3, events.toString());
    events.forEach(event -> assertEquals("token:admin", event.getActor().getPrincipal()));
    var grant =
        server
            .grants()
            .withCallCredentials(ListedCallers.token("admin"))
            .getGrant(GetGrantRequest.newBuilder().setAccountId("acme").setAppId("mail").build());
    assertEquals("token:admin", grant.getGrant().getGrantedBy().getPrincipal());
  }

  /** Two callers never share an answer that was remembered for one of them. */
  @Test
  void revoke_sameRequestIdOfTwoCallers_areTwoRequests() {
    callers.with("other", Binding.everywhere(Role.ACCOUNT_ADMIN));
    var request =
        RevokeRequest.newBuilder()
            .setAccountId("acme")
            .setAppId("mail")
            .setRequestId(new UUID(7, 7).toString())
            .build();
    var first = server.grants().withCallCredentials(ListedCallers.token("admin")).revoke(request);
    var failure =
        Failure.of(() ->
            server.grants().withCallCredentials(ListedCallers.token("other")).revoke(request));
    assertEquals(ErrorReason.ERROR_REASON_GRANT_NOT_FOUND, failure.reason());
    assertEquals(
        first, server.grants().withCallCredentials(ListedCallers.token("admin")).revoke(request));
  }

  private void assertUnauthenticated(String problem, CallCredentials shown) {
    var failure = Failure.of(() -> check(shown, "acme"));
    assertEquals(ErrorReason.ERROR_REASON_UNAUTHENTICATED, failure.reason());
    assertTrue(failure.message().contains(problem), failure.message());
  }

  private static void assertAllowed(CheckResponse response) {
    assertEquals(Decision.DECISION_ALLOW, response.getDecision(), response.toString());
  }

  private CheckResponse check(CallCredentials shown, String account) {
    return decisions(shown).check(TestServer.checkOf(account, "mail", "mail.read"));
  }

  private DecisionServiceBlockingStub decisions(CallCredentials shown) {
    return server.decisions().withCallCredentials(shown);
  }

  private static StreamCheckRequest item(String id, String account) {
    return StreamCheckRequest.newBuilder()
        .setCorrelationId(id)
        .setCheck(TestServer.checkOf(account, "mail", "mail.read"))
        .build();
  }
}
