package dev.consentry.cli.bench;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.client.FakeServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A server that answers nothing for 2 s has made everybody wait who came in that time. An open loop
 * shows it. A generator that only counts from when it came to send, or that waits for answers
 * before it sends, does not: as many calls as it has in flight are slow, and no more.
 */
final class PauseTest {
  private static final long SHOWS_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration DURATION = Duration.ofMillis(3_500);
  private static final double RATE = 500;

  /** As many calls are slow, and no more, where the pause is hidden. */
  private static final int IN_FLIGHT = 8;

  @Test
  void run_serverPausesFor2s_p99ShowsItInOpenLoopAlone() throws Exception {
    ScheduledExecutorService pauses = Executors.newSingleThreadScheduledExecutor();
    ExecutorService loads = Executors.newFixedThreadPool(4);
    try (FakeServer server = CheckAnswers.on(FakeServer.start())) {
      Future<?> paused = pauses.schedule(server::pause, 700, TimeUnit.MILLISECONDS);
      Future<?> resumed = pauses.schedule(server::resume, 2_700, TimeUnit.MILLISECONDS);
      List<Future<Report>> reports =
          loads.invokeAll(
              List.<Callable<Report>>of(
                  () -> new Load(server.address(), open(), Loads.CLOCK).run(Progress.NONE),
                  () -> new Bounded(server.address(), false).run(Progress.NONE),
                  () -> new Bounded(server.address(), true).run(Progress.NONE),
                  () -> new Load(server.address(), closed(), Loads.CLOCK).run(Progress.NONE)));
      paused.get();
      resumed.get();
      Report open = reports.get(0).get();
      Report heldUp = reports.get(1).get();
      Report mutant = reports.get(2).get();
      Report closed = reports.get(3).get();

      assertAll(
          () -> assertTrue(p99(open) >= SHOWS_NANOS, "open: " + p99(open)),
          () -> assertTrue(p99(heldUp) >= SHOWS_NANOS, "open, held up: " + p99(heldUp)),
          () -> assertTrue(nextSlowest(mutant) < SHOWS_NANOS, "counted from sending: " + mutant),
          () -> assertTrue(nextSlowest(closed) < SHOWS_NANOS, "closed: " + closed),
          () -> assertEquals(RATE * DURATION.toMillis() / 1_000, (double) open.answers()),
          () -> assertTrue(heldUp.heldUp() > 0 && mutant.heldUp() > 0),
          () -> assertTrue(closed.nanosAt(100) >= SHOWS_NANOS, "all waited: " + closed));
    } finally {
      loads.shutdownNow();
      pauses.shutdownNow();
    }
  }

  private static long p99(Report report) {
    return report.nanosAt(99);
  }

  /** The slowest of all but those that were in flight, however many a busy machine had answered. */
  private static long nextSlowest(Report report) {
    return report.nanosAt(100.0 * (report.answers() - IN_FLIGHT - 0.5) / report.answers());
  }

  private static Settings open() {
    return settings(new Pace.Open(RATE));
  }

  private static Settings closed() {
    return settings(new Pace.Closed(IN_FLIGHT));
  }

  private static Settings settings(Pace pace) {
    return new Settings(
        Mode.UNARY, pace, Loads.DRAWN, DURATION, Duration.ZERO, Duration.ofSeconds(10), 1, 1, 1);
  }

  /** An open loop with few calls in flight, and the mutant: it counts from when it sends. */
  private static final class Bounded extends Load {
    private final boolean fromSending;

    Bounded(String server, boolean fromSending) {
      super(server, open(), Loads.CLOCK);
      this.fromSending = fromSending;
    }

    @Override
    Loop loop(long startNanos, long endNanos, Tally tally) {
      return new OpenLoop(IN_FLIGHT, new Schedule(startNanos, RATE), endNanos, 1, tally) {
        @Override
        long countedFrom(long dueNanos, long sentNanos) {
          return fromSending ? sentNanos : dueNanos;
        }
      };
    }
  }
}
