package dev.consentry.server.decision;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A wall clock that never goes back while this process runs, so that a clock set back revives
 * nothing.
 */
public final class ForwardClock {
  private final InstantSource wall;
  private final AtomicLong latestMicros = new AtomicLong(Long.MIN_VALUE);

  public ForwardClock(InstantSource wall) {
    this.wall = wall;
  }

  /**
   * Microseconds since 1970-01-01T00:00Z: the wall clock, or the latest value this clock ever gave.
   */
  public long nowMicros() {
    var instant = wall.instant();
    long now =
        TimeUnit.SECONDS.toMicros(instant.getEpochSecond())
            + TimeUnit.NANOSECONDS.toMicros(instant.getNano());
    long latest = latestMicros.get();
    while (now > latest) {
      if (latestMicros.compareAndSet(latest, now)) {
        return now;
      }
      latest = latestMicros.get();
    }
    return latest;
  }
}
