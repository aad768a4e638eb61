package dev.consentry.server.store;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Says of what fails thousands of times while a database is away that it does, now and then. */
final class RareWarning {
  static final Duration PAUSE = Duration.ofSeconds(10);

  private final Logger logger;
  private final String message;
  private final AtomicLong unsaid = new AtomicLong();
  private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

  RareWarning(Logger logger, String message) {
    this.logger = logger;
    this.message = message;
  }

  void failed(Exception why) {
    long now = System.nanoTime();
    long next = nextNanos.get();
    if (now - next < 0 || !nextNanos.compareAndSet(next, now + PAUSE.toNanos())) {
      unsaid.incrementAndGet();
      return;
    }
    logger
        .atWarn()
        .addKeyValue("timesBeforeUnsaid", unsaid.getAndSet(0))
        .setCause(why)
        .log("{}: {}", message, why.getMessage());
  }
}
