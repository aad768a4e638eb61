package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is acknowledged survives {@code kill -9}. */
final class KillIT {
  private static final int ROUNDS = 30;
  private static final int WRITERS = 4;
  private static final int WRITING_MILLIS_MAX = 400;

  @TempDir private Path directory;

  @Test
  void kill_serverUnderFourWriters_seed20261123_losesNothingAcknowledged() throws Exception {
    var random = new SplittableRandom(20261123);
    var writers = new Writers();
    for (int round = 0; round <= ROUNDS; round++) {
      try (var server = ServerProcess.serve(directory)) {
        if (round == 0) {
          Writers.register(server.apps());
        }
        writers.assertNothingLost(server.grants());
        if (round < ROUNDS) {
          writers.start(Collections.nCopies(WRITERS, server.grants()));
          pause(Duration.ofMillis(random.nextInt(WRITING_MILLIS_MAX)));
          server.kill();
          writers.join();
        }
      }
    }
    assertTrue(writers.writes() > ROUNDS, "hardly anything was written: " + writers.writes());
  }

  /** The moment of death is any, so there is no condition to wait for. */
  private static void pause(Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }
}
