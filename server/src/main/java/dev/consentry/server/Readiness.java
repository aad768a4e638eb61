package dev.consentry.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says by {@link Health} whether decisions are as fresh as promised. Looks often and from outside:
 * whoever keeps them fresh may hang.
 */
final class Readiness implements AutoCloseable {
  static final Duration PAUSE = Duration.ofMillis(50);

  private static final Logger logger = LoggerFactory.getLogger(Readiness.class);

  private final Health health;
  private final BooleanSupplier isFresh;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread thread = Thread.ofPlatform().name("readiness").daemon().unstarted(this::run);
  private boolean serving = true;

  private Readiness(Health health, BooleanSupplier isFresh) {
    this.health = health;
    this.isFresh = isFresh;
  }

  /** Starts to look, at a server that serves. */
  static Readiness start(Health health, BooleanSupplier isFresh) {
    var readiness = new Readiness(health, isFresh);
    readiness.thread.start();
    return readiness;
  }

  private void run() {
    try {
      do {
        try {
          look();
          // A watcher that is just leaving may fail to be told.
        } catch (RuntimeException e) {
          logger.atWarn().setCause(e).log("health could not be told; will try again");
        }
      } while (!stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    boolean fresh = isFresh.getAsBoolean();
    if (fresh == serving) {
      return;
    }
    health.serving(fresh);
    serving = fresh;
    if (fresh) {
      logger.atInfo().log("decisions are fresh again: SERVING");
    } else {
      logger
          .atError()
          .log(
              "decisions would be older than `max-staleness` allows: NOT_SERVING until they are not");
    }
  }

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
