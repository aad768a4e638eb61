package dev.consentry.server.table;

import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.GrantKey;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Asks the store, a bounded number of times at once and each time for a bounded while. A load that
 * fails, finds no slot or takes too long is {@link Refusal.StoreUnavailable}, and leaves nothing
 * behind.
 */
final class Loads {
  /** Loads under way at once: as many as the store's pool for them has connections. */
  static final int SLOTS = 8;

  /** Loads that wait for a slot. */
  static final int WAITING_MAX = 10_000;

  static final Duration SLOT_WAIT_MAX = Duration.ofMillis(500);
  static final Duration LOAD_TIME_MAX = Duration.ofSeconds(2);

  private final GrantSource source;
  private final Freshness freshness;
  private final Executor virtualThreads;
  private final Semaphore slots = new Semaphore(SLOTS, true);
  private final LongAdder started = new LongAdder();
  private final LongAdder failed = new LongAdder();

  Loads(GrantSource source, Freshness freshness, Executor virtualThreads) {
    this.source = source;
    this.freshness = freshness;
    this.virtualThreads = virtualThreads;
  }

  /**
   * Starts a load. Whatever goes wrong is in the future.
   *
   * @param keep takes what was loaded, before anybody is answered; also when it comes too late for
   *     them
   */
  CompletableFuture<Load> start(Collection<GrantKey> keys, Consumer<Load> keep) {
    started.increment();
    if (slots.getQueueLength() >= WAITING_MAX) {
      return refuse(unavailable());
    }
    try {
      return CompletableFuture.supplyAsync(() -> load(keys, keep), virtualThreads)
          .orTimeout(LOAD_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS)
          .exceptionallyCompose(this::refuse);
    } catch (RejectedExecutionException e) {
      return refuse(unavailable());
    }
  }

  long startedCount() {
    return started.sum();
  }

  long failedCount() {
    return failed.sum();
  }

  private Load load(Collection<GrantKey> keys, Consumer<Load> keep) {
    acquireSlot();
    try {
      Stamp sentAt = freshness.now();
      var load = new Load(source.load(keys), sentAt);
      keep.accept(load);
      return load;
    } finally {
      slots.release();
    }
  }

  private void acquireSlot() {
    try {
      if (!slots.tryAcquire(SLOT_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        throw unavailable();
      }
    } catch (InterruptedException e) {
      throw unavailable();
    }
  }

  private CompletableFuture<Load> refuse(Throwable failure) {
    failed.increment();
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return CompletableFuture.failedFuture(
        cause instanceof TimeoutException ? unavailable() : cause);
  }

  private static RefusedException unavailable() {
    return new RefusedException(new Refusal.StoreUnavailable());
  }
}
