package dev.consentry.server.table;

import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.GrantKey;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Asks the store, a bounded number of times at once and each time for a bounded while. Loads that
 * wait meanwhile are sent together, in one statement. A load that fails, finds no slot or takes too
 * long is {@link Refusal.StoreUnavailable}, and leaves nothing behind.
 *
 * <p>Not final: each step that a safety test has a mutant for is a method of its own.
 */
/*
 * A load may share a statement only until that is sent: whoever asks later may have seen a change that the statement
 * did not. So loads leave the queue first; then the time is read, and then the statement is sent.
 */
class Loads {
  /** Statements under way at once: as many as the store's pool for them has connections. */
  static final int SLOTS = 8;

  static final Duration SLOT_WAIT_MAX = Duration.ofMillis(500);
  static final Duration LOAD_TIME_MAX = Duration.ofSeconds(2);

  private final GrantSource source;
  private final Freshness freshness;
  private final Executor virtualThreads;
  private final LoadQueue queue = new LoadQueue();
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
   * @param keys all read by one statement, perhaps beside those of other loads
   * @param keep takes what was loaded, before anybody is answered; also when it comes too late for
   *     them
   */
  CompletableFuture<Load> start(Collection<GrantKey> keys, Consumer<Load> keep) {
    started.increment();
    var load = new PendingLoad(keys, keep);
    if (!queue.offer(load)) {
      return refuse(unavailable());
    }
    try {
      virtualThreads.execute(() -> loadWithOthers(load));
    } catch (RejectedExecutionException e) {
      giveUp(load);
    }
    return load.outcome()
        .orTimeout(LOAD_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionallyCompose(failure -> {
          queue.remove(load);
          return refuse(failure);
        });
  }

  /** How many loads were asked for, however many of them shared a statement. */
  final long startedCount() {
    return started.sum();
  }

  /** How many of those brought nothing. */
  final long failedCount() {
    return failed.sum();
  }

  /** Sends a load when there is a slot, unless another has taken it along by then. */
  private void loadWithOthers(PendingLoad load) {
    if (!acquireSlot()) {
      giveUp(load);
      return;
    }
    List<PendingLoad> group;
    try {
      group = queue.takeWith(load);
      if (!group.isEmpty()) {
        load(group);
      }
    } finally {
      slots.release();
    }
    group.forEach(PendingLoad::conclude);
  }

  /* All fail alike: what ails the store ails each of them, and to ask for one after the other would keep the slot. */
  private void load(List<PendingLoad> group) {
    try {
      Load loaded =
          send(group.stream().flatMap(load -> load.keys().stream()).collect(Collectors.toSet()));
      group.forEach(load -> load.keep(loaded));
    } catch (Throwable t) {
      group.forEach(load -> load.fail(t));
    }
  }

  Load send(Collection<GrantKey> keys) {
    Stamp sentAt = freshness.now();
    return new Load(source.load(keys), sentAt);
  }

  private boolean acquireSlot() {
    try {
      return slots.tryAcquire(SLOT_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Fails a load that nobody has taken yet. */
  private void giveUp(PendingLoad load) {
    if (queue.remove(load)) {
      load.fail(unavailable());
      load.conclude();
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
