package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A place where one thread stops until the test lets it go. Nobody waits longer than ten seconds.
 */
final class Gate implements Runnable {
  private static final long SECONDS_MAX = 10;

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch open = new CountDownLatch(1);

  /** Stops here. */
  @Override
  public void run() {
    reached.countDown();
    await(open);
  }

  /** Waits until somebody has stopped at the gate. */
  void awaitReached() {
    await(reached);
  }

  void open() {
    open.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(SECONDS_MAX, TimeUnit.SECONDS), "nobody came");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
