package dev.consentry.server;

import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.SweepExpired;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has expiries written down, again and again, on a thread of its own. A sweep that fails is tried
 * again at the next: no decision waits for it.
 */
final class ExpirySweep implements AutoCloseable {
  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final Logger logger = LoggerFactory.getLogger(ExpirySweep.class);

  private final GrantStore store;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;

  private ExpirySweep(GrantStore store) {
    this.store = store;
    this.thread = Thread.ofPlatform().name("expiry-sweep").daemon().unstarted(this::run);
  }

  static ExpirySweep start(GrantStore store) {
    var sweep = new ExpirySweep(store);
    sweep.thread.start();
    return sweep;
  }

  private void run() {
    try {
      do {
        sweep();
      } while (!stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A full sweep may have left some. */
  private void sweep() {
    try {
      int written;
      do {
        written = store.execute(new SweepExpired(), this::isStopped).value();
      } while (written == SweepExpired.GRANTS_PER_SWEEP_MAX && !isStopped());
    } catch (RuntimeException e) {
      if (!isStopped()) {
        logger.atWarn().setCause(e).log("expiries could not be written down; will try again");
      }
    }
  }

  private boolean isStopped() {
    return stopped.getCount() == 0;
  }

  /** Ends the sweeping, and waits for a sweep under way: nothing interrupts the store. */
  @Override
  public void close() {
    stopped.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
