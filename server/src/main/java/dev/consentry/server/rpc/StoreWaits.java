package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Places for what waits for the store, so that no caller takes them all, and nobody waits in a line
 * that is too long to be worth it. Whoever finds none is told at once: {@link Refusal.Overloaded}.
 *
 * <p>A place belongs to the work, not to the call: a call that gives up leaves its place to the
 * work it has begun.
 */
final class StoreWaits {
  /** By then most of a full line has moved on, with a store that is well. */
  static final Duration RETRY_AFTER = Duration.ofMillis(200);

  private final int placesMax;
  private final int placesPerCallerMax;
  private final Supplier<String> caller;
  private final AtomicInteger taken;
  private final LongAdder refused;

  /** Those who have any. */
  private final ConcurrentMap<String, Integer> takenBy;

  /**
   * No place is taken.
   *
   * @param caller names who makes the current call; asked on the thread that wants a place
   */
  StoreWaits(int placesMax, int placesPerCallerMax, Supplier<String> caller) {
    this.placesMax = placesMax;
    this.placesPerCallerMax = placesPerCallerMax;
    this.caller = caller;
    this.taken = new AtomicInteger();
    this.refused = new LongAdder();
    this.takenBy = new ConcurrentHashMap<>();
  }

  private StoreWaits(StoreWaits same, Supplier<String> caller) {
    this.placesMax = same.placesMax;
    this.placesPerCallerMax = same.placesPerCallerMax;
    this.caller = caller;
    this.taken = same.taken;
    this.refused = same.refused;
    this.takenBy = same.takenBy;
  }

  /** The same places, for calls of which another tells by whom they are. */
  StoreWaits of(Supplier<String> another) {
    return new StoreWaits(this, another);
  }

  /**
   * Does work that blocks, in a place.
   *
   * @throws RefusedException if there is none
   */
  <T> T during(Supplier<T> work) {
    String who = take(1);
    try {
      return work.get();
    } finally {
      leave(who, 1);
    }
  }

  /**
   * Begins work, in places that it has until it is done.
   *
   * @throws RefusedException if there are not as many
   */
  <T> CompletableFuture<T> untilDone(int places, Supplier<CompletableFuture<T>> work) {
    String who = take(places);
    CompletableFuture<T> begun;
    try {
      begun = work.get();
    } catch (Throwable e) {
      leave(who, places);
      throw e;
    }
    var _ = begun.whenComplete((_, _) -> leave(who, places));
    return begun;
  }

  private String take(int places) {
    String who = caller.get();
    if (taken.addAndGet(places) > placesMax) {
      taken.addAndGet(-places);
      throw refusal();
    }
    if (takenBy.merge(who, places, Integer::sum) > placesPerCallerMax) {
      leave(who, places);
      throw refusal();
    }
    return who;
  }

  private void leave(String who, int places) {
    takenBy.computeIfPresent(who, (_, had) -> had == places ? null : had - places);
    taken.addAndGet(-places);
  }

  private RefusedException refusal() {
    refused.increment();
    return new RefusedException(new Refusal.Overloaded(RETRY_AFTER));
  }

  int taken() {
    return taken.get();
  }

  /** How many callers have a place. */
  int callers() {
    return takenBy.size();
  }

  /** How often there was none. */
  long refused() {
    return refused.sum();
  }
}
