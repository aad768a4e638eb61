package dev.consentry.cli.bench;

import io.grpc.CallOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Gives calls their deadline; calls of the same moment share one. */
final class Timeout {
  /** The part of a timeout that is one moment: a deadline may come early by as much. */
  private static final int MOMENTS = 1_000;

  private final long nanos;
  private volatile Given given;

  private record Given(long nanos, CallOptions options) {}

  Timeout(Duration timeout) {
    this.nanos = timeout.toNanos();
    this.given = give(System.nanoTime());
  }

  CallOptions options() {
    long now = System.nanoTime();
    Given last = given;
    if (now - last.nanos > nanos / MOMENTS) {
      last = give(now);
      given = last;
    }
    return last.options;
  }

  private Given give(long now) {
    return new Given(now, CallOptions.DEFAULT.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS));
  }
}
