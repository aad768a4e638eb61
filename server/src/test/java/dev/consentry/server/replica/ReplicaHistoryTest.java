package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.history.RecordedHistory;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import dev.consentry.server.table.EvictableTable.Variant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Three servers on one database, and sixteen callers who write and ask on any of them, with the
 * tokens of each other's writes.
 */
final class ReplicaHistoryTest {
  private static final int REPLICAS = 3;
  private static final int CALLERS = 16;
  private static final Duration TIME = Duration.ofSeconds(Replicas.rounds(8, 60));
  private static final Duration TIME_OF_A_MUTANT = Duration.ofSeconds(8);
  private static final int MUTANT_ROUNDS_MAX = 6;
  private static final int REVOKES_AT_LENGTH_MIN = 5_000;
  private static final long SEED = 20261125;

  @Test
  void history_threeReplicasWithSeed20261125_noViolation() {
    RecordedHistory recorded = record(Variant.PROTOCOL, TIME, SEED);
    System.out.printf(
        "three replicas, %d s: %d changes, %d revokes, %d answers%n",
        TIME.toSeconds(), recorded.log().size(), recorded.revokes(), recorded.answers().size());
    assertEquals(recorded.log(), recorded.told());
    assertEquals(List.of(), recorded.violationsOfTheLog());
    assertEquals(List.of(), recorded.violationsOfWhatWasTold());
    assertTrue(!Replicas.LONG || recorded.revokes() >= REVOKES_AT_LENGTH_MIN);
  }

  @Test
  void history_onAFollowerThatSkipsOneChangeInAThousand_isSeenToFail() {
    boolean found = false;
    for (int round = 0; round < MUTANT_ROUNDS_MAX && !found; round++) {
      found =
          !record(Variant.SKIPS_ONE_CHANGE_IN_1000, TIME_OF_A_MUTANT, SEED + round)
              .violationsOfTheLog()
              .isEmpty();
    }
    assertTrue(found);
  }

  private static RecordedHistory record(Variant variant, Duration time, long seed) {
    String url = PostgresServer.shared().newDatabase();
    var servers = new ArrayList<WholeServer>();
    try {
      for (int i = 0; i < REPLICAS; i++) {
        var store = ConsentStore.openPostgres(new PostgresAddress(url, null), true);
        servers.add(new WholeServer(store, Replica.PROTOCOL.with(variant)));
      }
      return RecordedHistory.record(servers, CALLERS, time, seed);
    } finally {
      servers.forEach(WholeServer::close);
    }
  }
}
