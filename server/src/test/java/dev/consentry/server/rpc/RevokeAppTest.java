package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertFails;
import static dev.consentry.server.rpc.Failure.assertInvalid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeAppResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RevokeAppTest {
  private final AtomicInteger steps = new AtomicInteger();
  private volatile Runnable afterFirstStep = () -> {};
  private final TestServer server = TestServer.start(TestServer.Wrapping.ofStore(Counting::new));

  /** Counts steps, and lets something happen between the first and the second. */
  private final class Counting implements GrantStore {
    private final GrantStore store;

    Counting(GrantStore store) {
      this.store = store;
    }

    @Override
    public <R> At<R> execute(Command<R> command, BooleanSupplier abandoned) {
      At<R> done = store.execute(command, abandoned);
      if (command instanceof RevokeAppStep && steps.incrementAndGet() == 1) {
        afterFirstStep.run();
      }
      return done;
    }
  }

  @BeforeEach
  void registerApps() {
    server.putApp("x", List.of("read"), List.of());
    server.putApp("y", List.of("read"), List.of());
    server.grant("acme", "y");
  }

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 101, 250})
  void revokeApp_anyNumberOfGrants_reportsEachStepAndEndsWithNoneLeft(int grants) {
    grantMany(grants);
    List<RevokeAppResponse> messages = run(RevokeAppRequest.newBuilder().setAppId("x"));
    var counts = new ArrayList<String>();
    messages.forEach(m -> counts.add(m.getRevokedCount() + "/" + m.getRemainingCount()));
    assertEquals(
        switch (grants) {
          case 0 -> List.of("0/0");
          case 1 -> List.of("1/0");
          case 100 -> List.of("100/0");
          case 101 -> List.of("100/1", "101/0");
          default -> List.of("100/150", "200/50", "250/0");
        },
        counts);
    assertFalse(messages.getLast().getRevision().isEmpty());
    assertEquals(List.of("acme"), activeAccounts());
    assertEquals(Decision.DECISION_ALLOW, server.check("acme", "y", "read").getDecision());
  }

  @Test
  void revokeApp_grantedBehindItMeanwhile_isRevokedToo() {
    grantMany(150);
    afterFirstStep = () -> server.grant("a", "x");
    List<RevokeAppResponse> messages = run(RevokeAppRequest.newBuilder().setAppId("x"));
    assertEquals(151, messages.getLast().getRevokedCount());
    assertEquals(List.of("acme"), activeAccounts());
  }

  @Test
  void revokeApp_dryRun_countsAndChangesNothing() {
    grantMany(3);
    List<RevokeAppResponse> messages =
        run(RevokeAppRequest.newBuilder().setAppId("x").setDryRun(true));
    assertEquals(1, messages.size());
    assertEquals(0, messages.getFirst().getRevokedCount());
    assertEquals(3, messages.getFirst().getRemainingCount());
    assertEquals(0, steps.get());
    assertEquals(4, activeAccounts().size());
  }

  @Test
  void revokeApp_reason_standsInEachGrant() {
    grantMany(1);
    run(RevokeAppRequest.newBuilder().setAppId("x").setReason("breach"));
    Grant grant =
        server
            .grants()
            .listGrants(ListGrantsRequest.newBuilder().addStates(Grant.State.STATE_REVOKED).build())
            .getGrants(0);
    assertEquals("breach", grant.getRevokeReason());
  }

  @Test
  void revokeApp_noSuchApp_isNotFoundAndADeletedOneIsFine() {
    for (boolean dryRun : List.of(false, true)) {
      assertFails(
          Status.Code.NOT_FOUND,
          ErrorReason.ERROR_REASON_APP_NOT_FOUND,
          Map.of("app_id", "never"),
          () -> run(RevokeAppRequest.newBuilder().setAppId("never").setDryRun(dryRun)));
    }
    var _ = server.apps().deleteApp(DeleteAppRequest.newBuilder().setAppId("x").build());
    assertEquals(1, run(RevokeAppRequest.newBuilder().setAppId("x")).size());
  }

  @Test
  void revokeApp_everythingBad_namesEveryFieldAtOnce() {
    assertInvalid(
        List.of("app_id", "reason"),
        () -> run(RevokeAppRequest.newBuilder().setReason("\u0007").setDryRun(true)));
  }

  @Test
  void revokeApp_cancelledAfterAStep_stops() {
    grantMany(250);
    Context.CancellableContext caller = Context.current().withCancellation();
    afterFirstStep = () -> caller.cancel(null);
    caller.run(() ->
        assertEquals(
            Status.Code.CANCELLED,
            Status.fromThrowable(
                    assertThrows(
                        RuntimeException.class,
                        () -> run(RevokeAppRequest.newBuilder().setAppId("x"))))
                .getCode()));
    assertTrue(steps.get() <= 2, () -> "steps: " + steps);
    assertTrue(activeAccounts().size() > 50);
  }

  @Test
  void revokeApp_callerDoesNotRead_waitsAfterEachStep() {
    grantMany(250);
    var messages = new CopyOnWriteArrayList<RevokeAppResponse>();
    var closed = new CopyOnWriteArrayList<Status>();
    ClientCall<RevokeAppRequest, RevokeAppResponse> call =
        server.channel().newCall(GrantServiceGrpc.getRevokeAppMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(RevokeAppResponse message) {
            messages.add(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            closed.add(status);
          }
        },
        new Metadata());
    call.sendMessage(RevokeAppRequest.newBuilder().setAppId("x").build());
    call.halfClose();
    Await.until("a step", () -> steps.get() == 1);
    assertEquals(151, activeAccounts().size());
    call.request(1);
    Await.until("a message", () -> messages.size() == 1);
    Await.until("another step", () -> steps.get() == 2);
    assertEquals(51, activeAccounts().size());
    call.request(5);
    Await.until("the end", () -> !closed.isEmpty());
    assertTrue(closed.getFirst().isOk());
    assertEquals(250, messages.getLast().getRevokedCount());
  }

  private void grantMany(int grants) {
    server.grantAll(IntStream.range(0, grants).mapToObj("b%04d"::formatted).toList(), "x");
  }

  private List<RevokeAppResponse> run(RevokeAppRequest.Builder request) {
    var messages = new ArrayList<RevokeAppResponse>();
    server.grants().revokeApp(request.build()).forEachRemaining(messages::add);
    return messages;
  }

  private List<String> activeAccounts() {
    return server
        .grants()
        .listGrants(ListGrantsRequest.newBuilder().setPageSize(1_000).build())
        .getGrantsList()
        .stream()
        .map(Grant::getAccountId)
        .toList();
  }
}
