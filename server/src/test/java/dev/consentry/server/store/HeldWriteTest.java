package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two servers write to one database, the second one while the first holds its transaction open. */
final class HeldWriteTest {
  private static final int ROUNDS = Boolean.getBoolean("consentry.long") ? 500 : 100;
  private static final int MUTANT_ROUNDS = 3;
  private static final String WAITING =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
          + " AND wait_event_type = 'Lock'";

  private final String url = PostgresServer.shared().newDatabase();
  private final PostgresAddress address = new PostgresAddress(url, null);

  @Test
  void execute_whileAnotherServerHoldsItsWrite_decidesOnWhatThatWrote() {
    assertEquals(List.of(), lost(PostgresBackend::new, ROUNDS));
  }

  @Test
  void execute_onAMutantThatLocksAndReadsInOneStatement_isSeenToLoseWrites() {
    assertTrue(lost(LocksAndReadsAtOnce::new, MUTANT_ROUNDS).size() > 0);
  }

  /** What the second writer did to each account, where it was not what had to come of it. */
  private List<String> lost(Function<PostgresAddress, PostgresBackend> secondBackend, int rounds) {
    var holding = new HeldBackend(address);
    try (var first = new StoreFixture(ConsentStore.open(holding));
        var second = new StoreFixture(ConsentStore.open(secondBackend.apply(address)))) {
      first.put("app");
      var lost = new ArrayList<String>();
      for (int round = 0; round < rounds; round++) {
        String account = "account-" + round;
        GrantKey key = StoreFixture.key(account, "app");
        var grant = first.grantOf(account, "app", null, null);
        var revoke = new Revoke(StoreFixture.ADMIN, key, true, null, "");
        // A grant is held open, and a revoke comes.
        String problem = together(holding, first, grant, second, revoke);
        if (first.stateOf(key) != GrantState.REVOKED) {
          lost.add(account + ": the revoke is lost " + problem);
        }
        first.execute(revoke);
        first.execute(grant);
        // The revoke is held open, and a grant comes.
        problem = together(holding, first, revoke, second, grant);
        if (first.stateOf(key) != GrantState.ACTIVE) {
          lost.add(account + ": the grant is lost " + problem);
        }
      }
      long last = first.source.position().number();
      var fold = LogFold.of(first.events(), last);
      assertEquals(
          List.copyOf(fold.grants.values()),
          first.grants().stream().map(view -> view.grant()).collect(Collectors.toList()));
      return lost;
    }
  }

  /** Executes one command, and another while the first is written and not yet committed. */
  private String together(
      HeldBackend holding,
      StoreFixture first,
      Command<?> held,
      StoreFixture second,
      Command<?> waits) {
    CountDownLatch written = holding.holdNext();
    var one = HeldCommitter.start(first.writer, held, () -> false);
    assertTrue(HeldCommitter.await(written));
    var other = HeldCommitter.start(second.writer, waits, () -> false);
    HeldCommitter.until(
        () -> PostgresServer.query(url, WAITING).equals("1"), "the second writer waits");
    holding.release();
    one.join();
    return problemOf(other);
  }

  private static String problemOf(CompletableFuture<?> outcome) {
    try {
      outcome.join();
      return "";
    } catch (CompletionException e) {
      return "(" + e.getCause() + ")";
    }
  }

  /** Keeps a transaction open when all is written. */
  private static final class HeldBackend extends PostgresBackend {
    private final Semaphore released = new Semaphore(0);
    private volatile @Nullable CountDownLatch written;

    HeldBackend(PostgresAddress address) {
      super(address);
    }

    CountDownLatch holdNext() {
      var latch = new CountDownLatch(1);
      written = latch;
      return latch;
    }

    void release() {
      released.release();
    }

    @Override
    void write(Connection connection, List<RowBatch> batches, @Nullable Position position)
        throws SQLException {
      super.write(connection, batches, position);
      CountDownLatch hold = written;
      if (hold != null) {
        written = null;
        hold.countDown();
        released.acquireUninterruptibly();
      }
    }
  }

  /**
   * Reads on the snapshot that was taken before the lock was waited for, as one statement would.
   */
  private static final class LocksAndReadsAtOnce extends PostgresBackend {
    LocksAndReadsAtOnce(PostgresAddress address) {
      super(address);
    }

    @Override
    Locked lockAndRead(Connection connection, List<ResultQuery<?>> reads) throws SQLException {
      var rows = new ArrayList<List<? extends Record>>();
      for (ResultQuery<?> read : reads) {
        rows.add(read.fetch());
      }
      return new Locked(super.lockAndRead(connection, List.of()).position(), rows);
    }
  }
}
