package dev.consentry.server.metrics;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** How often something took how long. */
public final class TimeHistogram {
  /** What took at most so long is counted there; beyond the last one there is a place more. */
  static final List<Duration> BOUNDS =
      Stream.of(
              1_000,
              2_500,
              5_000,
              10_000,
              25_000,
              50_000,
              100_000,
              250_000,
              500_000,
              1_000_000,
              2_500_000,
              5_000_000,
              10_000_000)
          .map(micros -> Duration.ofNanos(1_000L * micros))
          .toList();

  private static final long[] BOUNDS_MICROS =
      BOUNDS.stream().mapToLong(bound -> bound.toNanos() / 1_000).toArray();

  private final LongAdder[] counts =
      Stream.generate(LongAdder::new).limit(BOUNDS_MICROS.length + 1L).toArray(LongAdder[]::new);

  private final LongAdder sumMicros = new LongAdder();

  /**
   * It took so long.
   *
   * @param micros less than nothing, by clocks that differ, is nothing
   */
  public void add(long micros) {
    long took = Math.max(0, micros);
    int place = 0;
    while (place < BOUNDS_MICROS.length && took > BOUNDS_MICROS[place]) {
      place++;
    }
    counts[place].increment();
    sumMicros.add(took);
  }

  /** How many there are of each: what took longer than one bound and at most the next. */
  List<Long> counts() {
    return Stream.of(counts).map(LongAdder::sum).toList();
  }

  double sumSeconds() {
    return sumMicros.sum() / 1e6;
  }
}
