package dev.consentry.server;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what may block, each on a virtual thread. Nothing that runs here is ever interrupted: it may
 * be inside the database.
 */
final class VirtualThreads implements Executor, AutoCloseable {
  /** Longer than anything that runs here may take. */
  static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private static final Logger logger = LoggerFactory.getLogger(VirtualThreads.class);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** Takes no more, and waits for what is under way. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        logger.atWarn().log("something was still under way when the server stopped");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
