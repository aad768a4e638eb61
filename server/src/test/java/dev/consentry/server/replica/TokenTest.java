package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.table.EvictableTable.Variant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** The "new enemy": somebody revokes on one server, and asks another with the token. */
final class TokenTest {
  private static final int CALLERS = 16;
  private static final int ROUNDS = Replicas.rounds(200, 5_000);
  private static final int MUTANT_ROUNDS = 64;
  private static final int DELAY_MILLIS_MAX = 500;

  @Test
  void check_withTheTokenOfARevokeElsewhere_neverAllows() throws Exception {
    assertEquals(0, allowed(Variant.PROTOCOL, ROUNDS));
  }

  @Test
  void check_onAMutantThatIgnoresTokens_isSeenToAllow() throws Exception {
    assertTrue(allowed(Variant.IGNORES_TOKENS, MUTANT_ROUNDS) > 0);
  }

  /** How often a check allowed what its caller knew to be revoked. */
  private static int allowed(Variant variant, int rounds) throws Exception {
    Replica late = Replica.PROTOCOL.with(variant).withLog(TokenTest::late);
    try (var replicas = Replicas.start(Replica.PROTOCOL, late);
        var threads = Executors.newFixedThreadPool(CALLERS)) {
      WholeServer here = replicas.get(0);
      WholeServer there = replicas.get(1);
      var tasks = new ArrayList<Callable<Integer>>();
      for (int caller = 0; caller < CALLERS; caller++) {
        GrantKey key = Replicas.key("account-" + caller);
        tasks.add(() -> {
          int found = 0;
          for (int round = 0; round < Math.ceilDiv(rounds, CALLERS); round++) {
            String granted = here.grant(key).getRevision();
            assertTrue(there.allows(key, granted) || variant != Variant.PROTOCOL);
            // Now it is in memory there.
            boolean known = there.allows(key);
            String revoked = here.revoke(key).getRevision();
            found += known && there.allows(key, revoked) ? 1 : 0;
          }
          return found;
        });
      }
      int found = 0;
      for (var each : threads.invokeAll(tasks)) {
        found += each.get();
      }
      return found;
    }
  }

  /** A log whose reader hears of everything up to half a second late. */
  private static ChangeLog late(ChangeLog log) {
    var random = new SplittableRandom(20261125);
    return (revision, max) -> {
      var passage = log.after(revision, max);
      Replicas.pause(Duration.ofMillis(random.nextInt(DELAY_MILLIS_MAX)));
      return passage;
    };
  }
}
