package dev.consentry.server.table;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Loads that callers share: per key at most one that was sent, and one that waits to be sent when
 * the first has landed. Whoever may not take the first one's answer takes the second's. A caller
 * that gives up leaves the flight to the others.
 */
final class Flights {
  private final ConcurrentMap<TableKey, Lane> lanes = new ConcurrentHashMap<>();
  private final Function<TableKey, CompletableFuture<Load>> send;

  Flights(Function<TableKey, CompletableFuture<Load>> send) {
    this.send = send;
  }

  /** The flight under way, or a new one. */
  CompletableFuture<Load> join(TableKey key) {
    return board(key, false);
  }

  /** A flight that will be sent after this call. */
  CompletableFuture<Load> joinUnsent(TableKey key) {
    return board(key, true);
  }

  // Which flight it is matters, not what it says.
  @SuppressWarnings("ReferenceEquality")
  private CompletableFuture<Load> board(TableKey key, boolean unsent) {
    var fresh = new CompletableFuture<Load>();
    Lane lane =
        lanes.compute(
            key,
            (k, now) -> {
              if (now == null) {
                return new Lane(fresh, null);
              }
              return unsent && now.waiting == null ? new Lane(now.sent, fresh) : now;
            });
    if (lane.sent == fresh) {
      send(key, fresh);
      return fresh;
    }
    return unsent && lane.waiting != null ? lane.waiting : lane.sent;
  }

  private void send(TableKey key, CompletableFuture<Load> flight) {
    var _ =
        send.apply(key)
            .whenComplete((load, failure) -> {
              land(key);
              if (failure == null) {
                flight.complete(load);
              } else {
                flight.completeExceptionally(failure);
              }
            });
  }

  /**
   * Sends the one that waits, if one does; before the first is answered, so that nobody joins what
   * has landed.
   */
  private void land(TableKey key) {
    Lane lane =
        lanes.computeIfPresent(
            key, (k, now) -> now.waiting == null ? null : new Lane(now.waiting, null));
    if (lane != null) {
      send(key, lane.sent);
    }
  }

  private record Lane(CompletableFuture<Load> sent, @Nullable CompletableFuture<Load> waiting) {}
}
