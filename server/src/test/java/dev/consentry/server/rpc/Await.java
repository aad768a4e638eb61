package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads bring about. */
final class Await {
  private static final long SECONDS_MAX = 20;
  private static final long LOOK_EVERY_NANOS = 1_000_000;

  private Await() {}

  /** Returns as soon as the condition holds; fails if it does not come to. */
  static void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(SECONDS_MAX).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("still not so: " + what);
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }
}
