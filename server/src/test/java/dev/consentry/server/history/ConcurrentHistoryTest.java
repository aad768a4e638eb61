package dev.consentry.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.table.EvictableTable.Variant;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Eight threads that grant, revoke, suspend, resume, evict and check through gRPC while loads are
 * slow. What they recorded is judged twice: against the log that the server shows, and against what
 * they were told was written.
 */
final class ConcurrentHistoryTest {
  private static final int THREADS = 8;
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("consentry.history.seconds", 10));
  private static final Duration TIME_OF_A_MUTANT = Duration.ofSeconds(4);
  private static final int MUTANT_ROUNDS_MAX = 5;
  private static final long SLOW_LOAD_MICROS_MAX = 2_000;
  private static final long SEED = 20261123;

  @Test
  void history_eightThreadsWithSeed20261123_noViolation() {
    RecordedHistory recorded = record(Variant.PROTOCOL, TIME, SEED);
    assertTrue(recorded.answers().size() > 1_000, () -> recorded.answers().size() + " answers");
    assertEquals(recorded.log(), recorded.told());
    assertEquals(List.of(), recorded.violationsOfTheLog());
    assertEquals(List.of(), recorded.violationsOfWhatWasTold());
  }

  @Test
  void history_onATableThatSkipsOneChangeInFifty_isSeenToFail() {
    assertSeenToFail(Variant.SKIPS_ONE_CHANGE_IN_FIFTY);
  }

  @Test
  void history_onATableThatGuardsOnProgress_isSeenToFail() {
    assertSeenToFail(Variant.GUARD_ON_PROGRESS);
  }

  private static void assertSeenToFail(Variant mutant) {
    boolean found = false;
    for (int round = 0; round < MUTANT_ROUNDS_MAX && !found; round++) {
      RecordedHistory recorded = record(mutant, TIME_OF_A_MUTANT, SEED + round);
      found = !recorded.violationsOfTheLog().isEmpty();
      assertEquals(found, !recorded.violationsOfWhatWasTold().isEmpty());
    }
    assertTrue(found);
  }

  private static RecordedHistory record(Variant variant, Duration time, long seed) {
    try (var server = new WholeServer(variant, ConcurrentHistoryTest::slow)) {
      if (variant == Variant.GUARD_ON_PROGRESS) {
        // The mutant's window: entries are replaced, and progress is not yet published.
        server.table().beforePublish(ignored -> pause(SLOW_LOAD_MICROS_MAX));
      }
      return RecordedHistory.record(List.of(server), THREADS, time, seed);
    }
  }

  private static GrantSource slow(GrantSource store) {
    return new GrantSource() {
      @Override
      public Snapshot load(Collection<GrantKey> keys) {
        Snapshot snapshot = store.load(keys);
        pause(SLOW_LOAD_MICROS_MAX);
        return snapshot;
      }

      @Override
      public Revision position() {
        return store.position();
      }
    };
  }

  private static void pause(long microsMax) {
    LockSupport.parkNanos(
        TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextLong(microsMax)));
  }
}
