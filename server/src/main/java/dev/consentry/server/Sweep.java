package dev.consentry.server;

import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.SweepExpired;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.store.HistoryRetention;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A chore that no decision waits for, done again and again in small steps, on a thread of its own.
 * If it fails it is tried again at its next time.
 */
final class Sweep implements AutoCloseable {
  static final Duration EXPIRY_PAUSE = Duration.ofSeconds(10);
  static final Duration RETENTION_PAUSE = Duration.ofHours(1);

  /** Leaves the database to others between two steps. */
  static final Duration RETENTION_STEP_PAUSE = Duration.ofMillis(100);

  private static final Logger logger = LoggerFactory.getLogger(Sweep.class);

  private final String name;
  private final Step step;
  private final Duration stepPause;
  private final Duration pause;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread;

  private Sweep(String name, Step step, Duration stepPause, Duration pause) {
    this.name = name;
    this.step = step;
    this.stepPause = stepPause;
    this.pause = pause;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
  }

  /** A part of the chore that takes no long time. */
  interface Step {
    /**
     * Does it.
     *
     * @param stopping whether nobody wants it done any longer
     * @return whether there may be more to do
     */
    boolean take(BooleanSupplier stopping);
  }

  /**
   * Starts one.
   *
   * @param stepPause between two steps
   * @param pause from when all is done, or has failed, to the next time
   */
  static Sweep start(String name, Step step, Duration stepPause, Duration pause) {
    var sweep = new Sweep(name, step, stepPause, pause);
    sweep.thread.start();
    return sweep;
  }

  /** Has expiries written down. */
  static Sweep ofExpiries(GrantStore store) {
    return start(
        "expiry-sweep",
        stopping ->
            store.execute(new SweepExpired(), stopping).value()
                == SweepExpired.GRANTS_PER_SWEEP_MAX,
        Duration.ZERO,
        EXPIRY_PAUSE);
  }

  /** Ends the history of what is older than {@code kept}. */
  static Sweep ofHistory(HistoryRetention retention, ForwardClock clock, Duration kept) {
    return start(
        "retention-sweep",
        _ ->
            retention.prune(Instant.EPOCH.plus(clock.nowMicros(), ChronoUnit.MICROS).minus(kept))
                > 0,
        RETENTION_STEP_PAUSE,
        RETENTION_PAUSE);
  }

  private void run() {
    try {
      do {
        sweep();
      } while (!stopsWithin(pause));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sweep() throws InterruptedException {
    try {
      boolean more;
      do {
        more = step.take(this::isStopped);
      } while (more && !stopsWithin(stepPause));
    } catch (RuntimeException e) {
      if (!isStopped()) {
        logger.atWarn().setCause(e).log("the {} failed; it will be tried again", name);
      }
    }
  }

  private boolean stopsWithin(Duration time) throws InterruptedException {
    return stopped.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  private boolean isStopped() {
    return stopped.getCount() == 0;
  }

  /** Ends it, and waits for a step under way: nothing interrupts the store. */
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
