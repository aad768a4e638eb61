package dev.consentry.server.table;

import dev.consentry.server.decision.ForwardClock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How long what was once true may still be told. */
public final class Freshness {
  private final LongSupplier nanoTime;
  private final ForwardClock wall;
  private final long maxStalenessNanos;

  /**
   * @param maxStaleness the promise: nothing older is answered
   */
  public Freshness(LongSupplier nanoTime, ForwardClock wall, Duration maxStaleness) {
    this.nanoTime = nanoTime;
    this.wall = wall;
    this.maxStalenessNanos = maxStaleness.toNanos();
  }

  Stamp now() {
    return new Stamp(nanoTime.getAsLong(), wall.nowMicros());
  }

  /** A time at which nothing was proved that may be told now, or ever again. */
  Stamp tooOld() {
    Stamp now = now();
    return new Stamp(now.nanos() - maxStalenessNanos - 1, now.micros());
  }

  /** How long ago that was, by the clock that says more; not less than nothing. */
  Duration age(Stamp provedAt) {
    if (provedAt.equals(Stamp.ALWAYS)) {
      return Duration.ZERO;
    }
    long byNanoTime = nanoTime.getAsLong() - provedAt.nanos();
    long byWall = TimeUnit.MICROSECONDS.toNanos(wall.nowMicros() - provedAt.micros());
    return Duration.ofNanos(Math.max(0, Math.max(byNanoTime, byWall)));
  }

  /** Whether what was true then may be told now: both clocks must agree. */
  boolean allows(Stamp provedAt) {
    return provedAt.equals(Stamp.ALWAYS)
        || (nanoTime.getAsLong() - provedAt.nanos() <= maxStalenessNanos
            && TimeUnit.MICROSECONDS.toNanos(wall.nowMicros() - provedAt.micros())
                <= maxStalenessNanos);
  }

  /** The time at which a decision is made, in microseconds since 1970. */
  long decisionMicros() {
    return wall.nowMicros();
  }
}
