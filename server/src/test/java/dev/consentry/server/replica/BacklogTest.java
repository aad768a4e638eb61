package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.table.EvictableTable.Following;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A server that cannot keep up: 5,000 changes a second, of which it takes 3,300. */
final class BacklogTest {
  private static final GrantKey KEY = Replicas.key("acme");
  private static final Duration POLL_TAKES = Duration.ofMillis(300);
  private static final Duration BEHIND_FOR = Duration.ofSeconds(4);
  private static final int BEHIND_AT_FIRST = 12_000;
  private static final int CHANGES_AT_ONCE = 500;
  private static final Duration EVERY = Duration.ofMillis(100);

  @Test
  void check_whileTheLogGrowsFasterThanItIsRead_isNeverOlderThanPromised() throws Exception {
    assertEquals(0, tooOldAllows(Following.PROTOCOL));
  }

  @Test
  void check_onAMutantThatTakesEveryPollForProof_isSeenToBeTooOld() throws Exception {
    assertTrue(tooOldAllows(Following.PROVED_BY_EVERY_POLL) > 0);
  }

  /** How often it allowed what had been revoked for longer than the bound when it was asked. */
  private static int tooOldAllows(Following following) throws Exception {
    Replica slow = Replica.PROTOCOL.with(following).withLog(BacklogTest::slow);
    try (var replicas = Replicas.start(Replica.PROTOCOL, slow)) {
      WholeServer writer = replicas.get(0);
      WholeServer behind = replicas.get(1);
      assertTrue(behind.allows(KEY, writer.grant(KEY).getRevision()));
      replicas.append("APP_CHANGED", BEHIND_AT_FIRST);
      long start = System.nanoTime();
      writer.revoke(KEY);
      long revoked = System.nanoTime();
      var appending = Thread.ofPlatform().start(() -> append(replicas, start));
      var tooOld = new AtomicInteger();
      while (System.nanoTime() - start < BEHIND_FOR.toNanos()) {
        boolean late = System.nanoTime() - revoked > WholeServer.MAX_STALENESS.toNanos();
        var _ =
            Replicas.isAnswered(() -> {
              if (behind.allows(KEY) && late) {
                tooOld.incrementAndGet();
              }
            });
        Replicas.pause(Duration.ofMillis(1));
      }
      appending.join();
      return tooOld.get();
    }
  }

  private static void append(Replicas replicas, long start) {
    for (int i = 0; System.nanoTime() - start < BEHIND_FOR.toNanos(); i++) {
      replicas.append("APP_CHANGED", CHANGES_AT_ONCE);
      Duration next = EVERY.multipliedBy(i + 1L);
      Replicas.pause(next.minusNanos(System.nanoTime() - start));
    }
  }

  private static ChangeLog slow(ChangeLog log) {
    return (revision, max) -> {
      var passage = log.after(revision, max);
      Replicas.pause(POLL_TAKES);
      return passage;
    };
  }
}
