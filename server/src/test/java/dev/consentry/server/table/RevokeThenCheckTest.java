package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.RevokeRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * After a revoke is acknowledged, the very next check denies: through real gRPC, many keys in
 * parallel. In half of the rounds the key is evicted before the revoke, and a load that has read
 * the grant is held back until the revoke is acknowledged.
 */
final class RevokeThenCheckTest {
  private static final int KEYS = 32;

  /** {@code -Dconsentry.test.revokes=100000} is what CI runs. */
  private static final int REVOKES = Integer.getInteger("consentry.test.revokes", 10_000);

  private static final int REVOKES_OF_MUTANTS = 2_000;
  private static final String APP = "app";
  private static final String SCOPE = "read";

  @Test
  void check_afterAcknowledgedRevoke_denies() throws Exception {
    var outcome = run(TableState::new, REVOKES);
    assertEquals(new Outcome(REVOKES, 0, REVOKES / 2), outcome);
  }

  @Test
  void check_afterAcknowledgedRevoke_allowsIfAFlightIsJoinedWithoutTheCallersFloor()
      throws Exception {
    StateMaker mutant =
        (start, shares, freshness, keys, loads) ->
            new TableState(start, shares, freshness, keys, loads) {
              @Override
              boolean accepts(Load load, long floor) {
                return true;
              }
            };
    assertTrue(run(mutant, REVOKES_OF_MUTANTS).allowed() > 0, "the mutant was not found");
  }

  @Test
  void check_afterAcknowledgedRevoke_allowsIfOldLoadsAreKept() throws Exception {
    StateMaker mutant =
        (start, shares, freshness, keys, loads) ->
            new TableState(start, shares, freshness, keys, loads) {
              @Override
              long guard() {
                return 0;
              }
            };
    assertTrue(run(mutant, REVOKES_OF_MUTANTS).allowed() > 0, "the mutant was not found");
  }

  /**
   * What a run saw.
   *
   * @param held rounds in which a load was under way
   */
  private record Outcome(long revokes, long allowed, long held) {}

  private static Outcome run(StateMaker maker, int revokes) throws Exception {
    var loads = new HeldLoads();
    var total = new Tally();
    try (var server = new RealServer(maker, loads::wrap, 64 << 20)) {
      server.putApp(APP, SCOPE);
      var workers = new ArrayList<Future<?>>();
      try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < KEYS; i++) {
          var worker = new Worker(server, loads, "account-" + i, total);
          int rounds = revokes / KEYS + (i < revokes % KEYS ? 1 : 0);
          workers.add(threads.submit(() -> worker.run(rounds)));
        }
        for (Future<?> worker : workers) {
          worker.get();
        }
      }
    }
    return new Outcome(total.revokes.get(), total.allowed.get(), total.held.get());
  }

  private record Tally(AtomicLong revokes, AtomicLong allowed, AtomicLong held) {
    Tally() {
      this(new AtomicLong(), new AtomicLong(), new AtomicLong());
    }
  }

  /** Grants and revokes one key over and over, and checks it after each revoke. */
  private static final class Worker {
    private final RealServer server;
    private final HeldLoads loads;
    private final String account;
    private final Tally total;
    private final DecisionServiceGrpc.DecisionServiceBlockingStub decisions;
    private final DecisionServiceGrpc.DecisionServiceFutureStub slowDecisions;
    private final GrantServiceGrpc.GrantServiceBlockingStub grants;

    Worker(RealServer server, HeldLoads loads, String account, Tally total) {
      this.server = server;
      this.loads = loads;
      this.account = account;
      this.total = total;
      this.decisions = DecisionServiceGrpc.newBlockingStub(server.channel());
      this.slowDecisions = DecisionServiceGrpc.newFutureStub(server.channel());
      this.grants = GrantServiceGrpc.newBlockingStub(server.channel());
    }

    void run(int rounds) {
      for (int round = 0; round < rounds; round++) {
        var _ =
            grants.grant(
                GrantRequest.newBuilder()
                    .setAccountId(account)
                    .setAppId(APP)
                    .setManifestVersion(1)
                    .build());
        boolean cold = total.revokes.getAndIncrement() % 2 == 0;
        Decision decision = cold ? checkCold() : checkWarm();
        if (decision != Decision.DECISION_DENY) {
          total.allowed.incrementAndGet();
        }
      }
    }

    private Decision checkWarm() {
      assertEquals(Decision.DECISION_ALLOW, check());
      revoke();
      return check();
    }

    private Decision checkCold() {
      HeldLoads.Hold hold = loads.holdNext(account);
      server.evict(account, APP);
      ListenableFuture<CheckResponse> slow = slowDecisions.check(question());
      hold.awaitRead();
      total.held.incrementAndGet();
      revoke();
      hold.release();
      Decision decision = check();
      // The slow call began before the revoke, and may say either.
      var _ = Futures.getUnchecked(slow);
      // What the slow load left behind is what the next check finds.
      return decision == Decision.DECISION_DENY ? check() : decision;
    }

    private void revoke() {
      var _ = grants.revoke(RevokeRequest.newBuilder().setAccountId(account).setAppId(APP).build());
    }

    private Decision check() {
      return decisions.check(question()).getDecision();
    }

    private CheckRequest question() {
      return CheckRequest.newBuilder().setAccountId(account).setAppId(APP).addScopes(SCOPE).build();
    }
  }

  /** Holds a load of an account back, once it has read. */
  private static final class HeldLoads {
    private final Map<String, Hold> holds = new ConcurrentHashMap<>();

    Hold holdNext(String account) {
      var hold = new Hold(new CountDownLatch(1), new CountDownLatch(1));
      holds.put(account, hold);
      return hold;
    }

    GrantSource wrap(GrantSource source) {
      return new GrantSource() {
        @Override
        public Snapshot load(Collection<GrantKey> keys) {
          Snapshot snapshot = source.load(keys);
          for (GrantKey key : List.copyOf(keys)) {
            Hold hold = holds.remove(key.account().value());
            if (hold != null) {
              hold.stop();
            }
          }
          return snapshot;
        }

        @Override
        public Revision position() {
          return source.position();
        }
      };
    }

    private record Hold(CountDownLatch read, CountDownLatch released) {
      private static final long SECONDS_MAX = 20;

      void stop() {
        read.countDown();
        await(released);
      }

      void awaitRead() {
        await(read);
      }

      void release() {
        released.countDown();
      }

      private static void await(CountDownLatch latch) {
        try {
          assertTrue(latch.await(SECONDS_MAX, TimeUnit.SECONDS), "nobody came");
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }
}
