package dev.consentry.server.replica;

import static dev.consentry.server.replica.Replicas.isAnswered;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.Writers;
import dev.consentry.server.Writers.Acknowledged;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantServiceGrpc.GrantServiceBlockingStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is acknowledged survives {@code kill -9} of PostgreSQL, and every replica comes back. */
final class PostgresKillTest {
  private static final int ROUNDS = Replicas.rounds(2, 5);
  private static final int WRITERS_OF_EACH = 4;
  private static final int CHECKERS_OF_EACH = 2;
  private static final int WRITES_BEFORE = 300;
  private static final int WRITING_MILLIS_MAX = 100;
  private static final Duration BACK_WITHIN = Duration.ofSeconds(10);

  @TempDir private Path directory;

  private final Writers writers = new Writers();
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicInteger allowed = new AtomicInteger();
  private final AtomicInteger probes = new AtomicInteger();
  private final AtomicInteger wrong = new AtomicInteger();

  @Test
  void kill_ofPostgresUnderEightWriters_seed20261125_losesNothingAcknowledged() throws Exception {
    var random = new SplittableRandom(20261125);
    try (var postgres = PostgresServer.start(directory.resolve("data"));
        var replicas =
            Replicas.startOn(postgres.newDatabase(), Replica.PROTOCOL, Replica.PROTOCOL);
        var threads = Executors.newFixedThreadPool(2 * CHECKERS_OF_EACH)) {
      List<WholeServer> servers = List.of(replicas.get(0), replicas.get(1));
      Writers.register(servers.getFirst().apps());
      var grants = new ArrayList<GrantServiceBlockingStub>();
      var checking = new ArrayList<Future<?>>();
      for (WholeServer server : servers) {
        grants.addAll(Collections.nCopies(WRITERS_OF_EACH, server.grants()));
        for (int i = 0; i < CHECKERS_OF_EACH; i++) {
          SplittableRandom own = random.split();
          checking.add(threads.submit((Callable<?>) () -> check(server, own)));
        }
      }
      try {
        for (int round = 0; round < ROUNDS; round++) {
          long before = writers.writes();
          writers.start(grants);
          Replicas.until(() -> writers.writes() >= before + WRITES_BEFORE, "much is written");
          Replicas.pause(Duration.ofMillis(random.nextInt(WRITING_MILLIS_MAX)));
          postgres.kill();
          writers.join();
          postgres.restart();
          assertBackSoon(servers);
          for (WholeServer server : servers) {
            writers.assertNothingLost(server.grants());
          }
        }
      } finally {
        done.set(true);
      }
      for (var each : checking) {
        each.get();
      }
    }
    assertEquals(0, wrong.get());
    assertTrue(allowed.get() > 0, "nothing was ever allowed");
  }

  /** Until each says that it serves, and has written and followed what it wrote. */
  private void assertBackSoon(List<WholeServer> servers) {
    Supplier<GrantKey> another = () -> Replicas.key("probe-" + probes.incrementAndGet());
    long start = System.nanoTime();
    for (WholeServer server : servers) {
      Replicas.until(() -> isAnswered(() -> server.grant(another.get())), "it writes");
      Replicas.until(server::isFresh, "it serves");
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    String line = "both replicas serve and write after %d ms".formatted(took.toMillis());
    System.out.println(line);
    assertTrue(took.compareTo(BACK_WITHIN) <= 0, line);
  }

  /**
   * Asks about what is being granted and revoked. Whatever it knows to be revoked must not pass.
   */
  private Void check(WholeServer server, SplittableRandom random) {
    while (!done.get()) {
      String account = writers.recentAccount(random);
      Acknowledged known = writers.acknowledged(account);
      GrantKey key = WholeServer.key(account, Writers.APP);
      boolean revoked = known != null && known.state() == Grant.State.STATE_REVOKED;
      boolean answered =
          isAnswered(() -> {
            if (known == null ? server.allows(key) : server.allows(key, known.revision())) {
              (revoked ? wrong : allowed).incrementAndGet();
            }
          });
      if (!answered) {
        Replicas.pause(Duration.ofMillis(1));
      }
    }
    return null;
  }
}
