package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.SweepExpired;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Keeps a committer inside a batch, so that what is queued meanwhile is carried out together, in
 * the order queued.
 */
final class HeldCommitter implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(20);

  private final GroupCommitter committer;
  private final CountDownLatch release = new CountDownLatch(1);
  private int queued;

  HeldCommitter(GroupCommitter committer) {
    this.committer = committer;
    var held = new CountDownLatch(1);
    start(
        committer,
        new SweepExpired(),
        () -> {
          held.countDown();
          return !await(release);
        });
    assertTrue(await(held), "the committer is held");
  }

  /** Queues a command behind all that were queued before. */
  <R> CompletableFuture<At<R>> queue(Command<R> command, BooleanSupplier abandoned) {
    CompletableFuture<At<R>> outcome = start(committer, command, abandoned);
    queued++;
    until(() -> committer.waiting() == queued, "the command is queued");
    return outcome;
  }

  <R> CompletableFuture<At<R>> queue(Command<R> command) {
    return queue(command, () -> false);
  }

  /** Lets the committer go on. */
  @Override
  public void close() {
    release.countDown();
  }

  static <R> CompletableFuture<At<R>> start(
      GroupCommitter committer, Command<R> command, BooleanSupplier abandoned) {
    var outcome = new CompletableFuture<At<R>>();
    Thread.startVirtualThread(() -> {
      try {
        outcome.complete(committer.execute(command, abandoned));
      } catch (Throwable t) {
        outcome.completeExceptionally(t);
      }
    });
    return outcome;
  }

  static Refusal refusalOf(CompletableFuture<?> outcome) {
    try {
      throw new AssertionError("was not refused: " + outcome.join());
    } catch (CompletionException e) {
      return ((RefusedException) e.getCause()).refusal();
    }
  }

  static boolean await(CountDownLatch latch) {
    try {
      return latch.await(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static void until(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, what);
      Thread.onSpinWait();
    }
  }
}
