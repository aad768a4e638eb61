package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.table.EvictableTable.Variant;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Loads that are killed, cancelled and given up at every step. */
final class LoadFaultsTest {
  private static final int CALLERS = 16;
  private static final int ROUNDS = Replicas.rounds(480, 2_000);
  private static final int MUTANT_ROUNDS = 64;
  private static final Duration WAITS_AT_MOST = Duration.ofSeconds(3);
  private static final long SEED = 20261125;

  /** What becomes of a load. */
  private enum Fault {
    FAILS_BEFORE_IT_IS_SENT,
    FAILS_AFTER_THE_SNAPSHOT,
    CALLER_CANCELS,
    CALLER_GIVES_UP,
    STATEMENT_IS_CANCELLED,
    CONNECTION_IS_KILLED
  }

  private final AtomicInteger failBefore = new AtomicInteger();
  private final AtomicInteger failAfter = new AtomicInteger();

  @Test
  void check_afterALoadThatFailedInAnyWay_isAnsweredFromTheStore() throws Exception {
    assertEquals(0, stuck(Variant.PROTOCOL, ROUNDS));
  }

  @Test
  void check_onAMutantThatKeepsFailures_isSeenToFail() throws Exception {
    assertTrue(stuck(Variant.KEEPS_FAILURES, MUTANT_ROUNDS) > 0);
  }

  /** For how many keys there was no right answer soon after the fault was over. */
  private int stuck(Variant variant, int rounds) throws Exception {
    try (var replicas = Replicas.start(Replica.PROTOCOL.with(variant).withSource(this::failing));
        var threads = Executors.newFixedThreadPool(CALLERS)) {
      WholeServer server = replicas.get(0);
      var tasks = new ArrayList<Callable<Integer>>();
      for (int caller = 0; caller < CALLERS; caller++) {
        GrantKey key = Replicas.key("account-" + caller);
        var random = new SplittableRandom(SEED + caller);
        tasks.add(() -> {
          server.grant(key);
          int stuck = 0;
          for (int round = 0; round < Math.ceilDiv(rounds, CALLERS) && stuck == 0; round++) {
            if (round % 2 == 1) {
              server.revoke(key);
            }
            server.table().evict(key);
            spoil(
                replicas,
                server,
                key,
                round % 2 == 0,
                Fault.values()[random.nextInt(Fault.values().length)]);
            stuck += isAnsweredSoon(server, key, round % 2 == 0) ? 0 : 1;
            if (round % 2 == 1) {
              server.grant(key);
            }
          }
          return stuck;
        });
      }
      int stuck = 0;
      for (var each : threads.invokeAll(tasks)) {
        stuck += each.get();
      }
      return stuck;
    }
  }

  private void spoil(
      Replicas replicas, WholeServer server, GrantKey key, boolean granted, Fault fault)
      throws Exception {
    switch (fault) {
      case FAILS_BEFORE_IT_IS_SENT -> {
        failBefore.incrementAndGet();
        ask(server, key, granted);
      }
      case FAILS_AFTER_THE_SNAPSHOT -> {
        failAfter.incrementAndGet();
        ask(server, key, granted);
      }
      case CALLER_CANCELS -> server.decisionsLater().check(WholeServer.checkOf(key)).cancel(true);
      case CALLER_GIVES_UP -> {
        try {
          server
              .decisions()
              .withDeadlineAfter(1, TimeUnit.MILLISECONDS)
              .check(WholeServer.checkOf(key));
        } catch (StatusRuntimeException e) {
          // Too late, as it was to be.
        }
      }
      case STATEMENT_IS_CANCELLED -> killWhileAsking(replicas, server, key, "pg_cancel_backend");
      case CONNECTION_IS_KILLED -> killWhileAsking(replicas, server, key, "pg_terminate_backend");
    }
  }

  private static void killWhileAsking(
      Replicas replicas, WholeServer server, GrantKey key, String how) throws Exception {
    var asked = server.decisionsLater().check(WholeServer.checkOf(key));
    PostgresServer.query(
        replicas.url,
        """
        SELECT count(%s(pid)) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'consentry-server' AND query LIKE '%%UNNEST%%'\
        """
            .formatted(how));
    var ended = new CountDownLatch(1);
    asked.addListener(ended::countDown, Runnable::run);
    assertTrue(ended.await(WAITS_AT_MOST.toMillis(), TimeUnit.MILLISECONDS), "it hangs");
  }

  /** Asks, and checks the answer if there is one; whatever comes of it comes soon. */
  private static boolean ask(WholeServer server, GrantKey key, boolean granted) {
    long start = System.nanoTime();
    boolean answered = Replicas.isAnswered(() -> assertEquals(granted, server.allows(key)));
    long took = System.nanoTime() - start;
    assertTrue(took < WAITS_AT_MOST.toNanos(), () -> "it hung for " + Duration.ofNanos(took));
    return answered;
  }

  private static boolean isAnsweredSoon(WholeServer server, GrantKey key, boolean granted) {
    long end = System.nanoTime() + WAITS_AT_MOST.toNanos();
    while (System.nanoTime() < end) {
      if (ask(server, key, granted)) {
        return true;
      }
    }
    return false;
  }

  /** A source that fails when it is told to, once each time. */
  private GrantSource failing(GrantSource source) {
    return new GrantSource() {
      @Override
      public Snapshot load(Collection<GrantKey> keys) {
        failOnce(failBefore);
        Snapshot snapshot = source.load(keys);
        failOnce(failAfter);
        return snapshot;
      }

      @Override
      public Revision position() {
        return source.position();
      }
    };
  }

  private static void failOnce(AtomicInteger wanted) {
    if (wanted.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new RefusedException(new Refusal.StoreUnavailable());
    }
  }
}
