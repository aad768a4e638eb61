package dev.consentry.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.table.EvictableTable.Variant;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * After a revoke is acknowledged the very next check denies: 32 keys at once, through gRPC. Half of
 * the checks ask for a key that was just evicted and for which a slow load is under way: it has
 * read before the revoke, and comes back after it, or while it is being followed.
 */
final class RevokeThenCheckTest {
  private static final int KEYS = 32;

  /** Fewer than there are slots for loads, so that the others find one. */
  private static final int HELD_AT_ONCE = 6;

  private static final int CHECKS = Integer.getInteger("consentry.revoke.checks", 10_000);
  private static final int CHECKS_OF_MUTANTS = 1_600;

  /** For a load to come back while its key is being followed. */
  private static final long FOLLOWING_MICROS = 200;

  private static final long SEED = 20261123;

  @Test
  void check_rightAfterARevokeWithSeed20261123_deniesEveryTime() {
    assertEquals(0, allowed(Variant.PROTOCOL, CHECKS));
  }

  @Test
  void check_onATableThatJoinsAnyLoad_isSeenToAllow() {
    assertTrue(allowed(Variant.JOIN_WITHOUT_FLOOR, CHECKS_OF_MUTANTS) > 0);
  }

  @Test
  void check_onATableThatGuardsOnProgress_isSeenToAllow() {
    assertTrue(allowed(Variant.GUARD_ON_PROGRESS, CHECKS_OF_MUTANTS) > 0);
  }

  /** How many of so many checks allowed. */
  private static int allowed(Variant variant, int checks) {
    var source = new HeldSource();
    try (var server = new WholeServer(variant, loads -> source.of(loads));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var _ = server.putApp(new AppId("app"));
      server.table().beforePublish(source::whileFollowing);
      List<Future<Integer>> counts = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        GrantKey key = WholeServer.key("account-" + i, "app");
        var random = new SplittableRandom(SEED + i);
        counts.add(threads.submit(() -> allowed(server, source, key, random, checks / KEYS)));
      }
      int allowed = 0;
      for (Future<Integer> count : counts) {
        allowed += count.get();
      }
      return allowed;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private static int allowed(
      WholeServer server, HeldSource source, GrantKey key, SplittableRandom random, int rounds) {
    int allowed = 0;
    for (int round = 0; round < rounds; round++) {
      var _ = server.grant(key);
      allowed += isAllowed(round % 2 == 0 ? warm(server, key) : cold(server, source, key, random));
    }
    return allowed;
  }

  private static int isAllowed(CheckResponse response) {
    return response.getDecision() == Decision.DECISION_DENY ? 0 : 1;
  }

  private static CheckResponse warm(WholeServer server, GrantKey key) {
    var _ = server.revoke(key);
    return server.decisions().check(WholeServer.checkOf(key));
  }

  /** The key is evicted, and a load of it held from before the revoke. */
  private static CheckResponse cold(
      WholeServer server, HeldSource source, GrantKey key, SplittableRandom random) {
    server.table().evict(key);
    Held held = source.holdNext(key);
    source.atOnce.acquireUninterruptibly();
    var before = server.decisionsLater().check(WholeServer.checkOf(key));
    held.awaitRead();
    if (random.nextBoolean()) {
      source.letGoWhileFollowing(key, held);
    }
    var _ = server.revoke(key);
    ListenableFuture<CheckResponse> next = server.decisionsLater().check(WholeServer.checkOf(key));
    held.letGo();
    var _ = Futures.getUnchecked(before);
    source.atOnce.release();
    CheckResponse answer = Futures.getUnchecked(next);
    // What that load left behind must not allow either.
    CheckResponse again = server.decisions().check(WholeServer.checkOf(key));
    return answer.getDecision() == Decision.DECISION_DENY ? again : answer;
  }

  /** A load that has read, and does not come back until it is let go. */
  private static final class Held {
    private static final long SECONDS_MAX = 10;

    private final CountDownLatch read = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    void stop() {
      read.countDown();
      await(open);
    }

    void awaitRead() {
      await(read);
    }

    void letGo() {
      open.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        if (!latch.await(SECONDS_MAX, TimeUnit.SECONDS)) {
          throw new AssertionError("nobody came");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Holds the loads that it was told to, between the snapshot and the reply. */
  private static final class HeldSource {
    private final Map<GrantKey, Held> next = new ConcurrentHashMap<>();
    private final Map<GrantKey, Held> whileFollowing = new ConcurrentHashMap<>();
    private final Semaphore atOnce = new Semaphore(HELD_AT_ONCE);

    Held holdNext(GrantKey key) {
      var held = new Held();
      next.put(key, held);
      return held;
    }

    void letGoWhileFollowing(GrantKey key, Held held) {
      whileFollowing.put(key, held);
    }

    /** Lets a load come back when its key has just been followed, and progress is unpublished. */
    void whileFollowing(Change change) {
      Held held = change instanceof GrantChange grant ? whileFollowing.remove(grant.key()) : null;
      if (held != null) {
        held.letGo();
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(FOLLOWING_MICROS));
      }
    }

    GrantSource of(GrantSource store) {
      return new GrantSource() {
        @Override
        public Snapshot load(Collection<GrantKey> keys) {
          Snapshot snapshot = store.load(keys);
          for (GrantKey key : keys) {
            Held held = next.remove(key);
            if (held != null) {
              held.stop();
            }
          }
          return snapshot;
        }

        @Override
        public Revision position() {
          return store.position();
        }
      };
    }
  }
}
