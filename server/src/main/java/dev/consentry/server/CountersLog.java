package dev.consentry.server;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs what was counted since the start, once a minute and at the end, as one line, if there was
 * anything.
 */
final class CountersLog implements AutoCloseable {
  static final Duration PERIOD = Duration.ofMinutes(1);

  private static final Logger logger = LoggerFactory.getLogger(CountersLog.class);

  private final Supplier<Map<String, Long>> counters;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("counters").daemon().factory());

  private CountersLog(Supplier<Map<String, Long>> counters) {
    this.counters = counters;
  }

  static CountersLog start(Supplier<Map<String, Long>> counters) {
    var log = new CountersLog(counters);
    var _ =
        log.timer.scheduleAtFixedRate(
            log::write, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    return log;
  }

  private void write() {
    Map<String, Long> counts = counters.get();
    if (counts.values().stream().allMatch(count -> count == 0)) {
      return;
    }
    LoggingEventBuilder line = logger.atInfo();
    for (var counter : counts.entrySet()) {
      line = line.addKeyValue(counter.getKey(), counter.getValue());
    }
    line.log("counters");
  }

  @Override
  public void close() {
    timer.shutdown();
    write();
  }
}
