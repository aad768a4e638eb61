package dev.consentry.server.table;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes one thread that waits; raised more than once meanwhile, it wakes once. */
public final class Signal {
  private final Semaphore raised = new Semaphore(0);

  /** Never blocks. */
  public void raise() {
    raised.release();
  }

  /** Returns when it is raised, or was since the last time, or after this long. */
  void await(Duration atMost) throws InterruptedException {
    if (raised.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
      raised.drainPermits();
    }
  }
}
