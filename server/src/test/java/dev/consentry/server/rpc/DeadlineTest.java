package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.TestServer.checkOf;
import static dev.consentry.server.rpc.TestServer.grantOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.metrics.Counters;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetGrantRequest;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DeadlineTest {
  @Test
  void check_storeSilentAndNoDeadline_isUnavailableAfterTheServersOwn() {
    var table = new GatedTable();
    try (var server = TestServer.start(TestServer.Wrapping.ofTable(table::wrapping))) {
      table.shut();
      Failure check =
          Failure.of(() -> server.decisions().check(checkOf("acme", GatedTable.COLD_APP, "read")));
      assertEquals(ErrorReason.ERROR_REASON_STORE_UNAVAILABLE, check.reason());
      Failure batch =
          Failure.of(() ->
              server
                  .decisions()
                  .batchCheck(
                      BatchCheckRequest.newBuilder()
                          .addItems(
                              BatchCheckItem.newBuilder()
                                  .setAccountId("acme")
                                  .setAppId("x")
                                  .addScopes("read"))
                          .build()));
      assertEquals(ErrorReason.ERROR_REASON_STORE_UNAVAILABLE, batch.reason());
      table.open();
    }
  }

  @Test
  void check_storeSilentAndShorterDeadline_endsByIt() {
    var table = new GatedTable();
    try (var server = TestServer.start(TestServer.Wrapping.ofTable(table::wrapping))) {
      table.shut();
      var thrown =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  server
                      .decisions()
                      .withDeadlineAfter(50, TimeUnit.MILLISECONDS)
                      .check(checkOf("acme", GatedTable.COLD_APP, "read")));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, thrown.getStatus().getCode());
      table.open();
    }
  }

  @Test
  void grant_callerGone_isAbandoned() {
    var waiting = new Waiting();
    try (var server = TestServer.start(TestServer.Wrapping.ofStore(_ -> waiting))) {
      Context.CancellableContext caller = Context.current().withCancellation();
      Runnable call =
          () -> {
            var _ =
                assertThrows(
                    StatusRuntimeException.class,
                    () -> server.grants().grant(grantOf("acme", "x").build()));
          };
      Thread calling = Thread.startVirtualThread(caller.wrap(call));
      Await.until("a command", () -> waiting.abandoned.get() != null);
      assertFalse(waiting.isAbandoned());
      caller.cancel(null);
      Await.until("abandoned", waiting::isAbandoned);
      waiting.end.countDown();
      Await.until("the caller's end", () -> !calling.isAlive());
    }
  }

  @Test
  void grant_deadlinePassed_isAbandoned() {
    var waiting = new Waiting();
    try (var server = TestServer.start(TestServer.Wrapping.ofStore(_ -> waiting))) {
      var thrown =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  server
                      .grants()
                      .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                      .grant(grantOf("acme", "x").build()));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, thrown.getStatus().getCode());
      Await.until("abandoned", waiting::isAbandoned);
      waiting.end.countDown();
    }
  }

  @Test
  void getGrant_noThreadsLeft_isShuttingDown() {
    var calls =
        new Calls(
            _ -> {
              throw new RejectedExecutionException();
            },
            new Faults(new Counters()));
    var failed = new AtomicReference<@Nullable Throwable>();
    calls.answerBlocking(
        new StreamObserver<GetGrantRequest>() {
          @Override
          public void onNext(GetGrantRequest message) {}

          @Override
          public void onError(Throwable thrown) {
            failed.set(thrown);
          }

          @Override
          public void onCompleted() {}
        },
        GetGrantRequest::getDefaultInstance);
    Throwable thrown = failed.get();
    assertTrue(thrown != null);
    assertEquals(ErrorReason.ERROR_REASON_SHUTTING_DOWN, Failure.of(thrown).reason());
  }

  /** A store that waits with a command until it is told to refuse it. */
  private static final class Waiting implements GrantStore {
    final AtomicReference<@Nullable BooleanSupplier> abandoned = new AtomicReference<>();
    final CountDownLatch end = new CountDownLatch(1);

    boolean isAbandoned() {
      BooleanSupplier asked = abandoned.get();
      return asked != null && asked.getAsBoolean();
    }

    @Override
    public <R> At<R> execute(Command<R> command, BooleanSupplier givenUp) {
      abandoned.set(givenUp);
      try {
        end.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      throw new RefusedException(new Refusal.StoreUnavailable());
    }
  }
}
