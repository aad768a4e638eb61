package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.FaultProxy;
import dev.consentry.server.postgres.PostgresServer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** News of commits make a server quick; without them it is no less right. */
final class NewsTest {
  private static final Duration POLL = WholeServer.POLL_INTERVAL;

  /**
   * What is wanted after a poll interval, and five times that of everything on a shared machine.
   */
  private static final Duration CONVERGES_WITHIN = POLL.plusMillis(100).multipliedBy(5);

  private static final Duration A_LONG_TIME = Duration.ofMinutes(1);
  private static final int WRITES = Replicas.rounds(10, 100);
  private static final int CUTS = Replicas.rounds(3, 20);

  @Test
  void follow_withoutNews_convergesWithinAPoll() {
    try (var replicas = Replicas.start(Replica.PROTOCOL, Replica.PROTOCOL.pollingOnly(POLL))) {
      assertConverges(replicas, "polling alone");
    }
  }

  @Test
  void follow_onAMutantThatNeverPolls_isSeenToFail() {
    var deaf = Replica.PROTOCOL.pollingOnly(A_LONG_TIME);
    try (var replicas = Replicas.start(Replica.PROTOCOL, deaf)) {
      assertThrows(
          AssertionFailedError.class, () -> assertConverges(replicas, "neither news nor polls"));
    }
  }

  @Test
  void follow_whileNewsAreCutEverySecond_isFreshAndConverges() throws Exception {
    try (var replicas = Replicas.start(Replica.PROTOCOL);
        var proxy = new FaultProxy(PostgresServer.shared().port())) {
      WholeServer reader =
          replicas.add(PostgresServer.through(proxy.port(), replicas.url), Replica.PROTOCOL);
      var done = new AtomicBoolean();
      var alwaysFresh = new AtomicBoolean(true);
      var watching =
          Thread.ofPlatform()
              .start(() -> {
                while (!done.get()) {
                  alwaysFresh.compareAndSet(true, reader.isFresh());
                  Replicas.pause(Duration.ofMillis(1));
                }
              });
      for (int cut = 0; cut < CUTS; cut++) {
        proxy.cut(sent -> sent.contains("LISTEN"));
        assertConverges(replicas, "news cut " + cut);
        Replicas.pause(Duration.ofSeconds(1));
      }
      done.set(true);
      watching.join();
      assertTrue(alwaysFresh.get(), "it was staler than promised");
    }
  }

  /** Whatever the first server writes, the second knows in time without being given a token. */
  private static void assertConverges(Replicas replicas, String how) {
    WholeServer writer = replicas.get(0);
    WholeServer reader = replicas.get(1);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < WRITES; i++) {
      GrantKey key = Replicas.key(how.replace(' ', '-') + i);
      assertTrue(reader.allows(key, writer.grant(key).getRevision()));
      writer.revoke(key);
      Duration took = Replicas.timeUntil(() -> !reader.allows(key), "the revoke is known");
      longest = longest.compareTo(took) > 0 ? longest : took;
    }
    System.out.printf(
        "%s: a revoke was known elsewhere after %d ms at most%n", how, longest.toMillis());
    assertTrue(longest.compareTo(CONVERGES_WITHIN) <= 0, longest::toString);
  }
}
