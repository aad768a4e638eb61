package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.store.StoreException;
import dev.consentry.server.table.EvictableTable.Following;
import dev.consentry.server.table.Follower;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A change of a kind that only a newer version knows. */
final class UnknownChangeTest {
  private static final GrantKey KEY = Replicas.key("acme");
  private static final GrantKey COLD = Replicas.key("cold");

  @Test
  void follow_anUnknownChange_endsAllDecisionsWithOneClearLine() {
    var lines = new ListAppender<ILoggingEvent>();
    Logger logger = (Logger) LoggerFactory.getLogger(Follower.class);
    lines.start();
    logger.addAppender(lines);
    try (var replicas = Replicas.start(Replica.PROTOCOL)) {
      WholeServer server = replicas.get(0);
      server.grant(KEY);
      assertTrue(server.allows(KEY));
      replicas.append("QUARANTINED", 1);
      replicas.append("APP_CHANGED", 5);
      Replicas.until(() -> !server.isFresh(), "it does not serve");
      assertFalse(Replicas.isAnswered(() -> server.allows(COLD)), "nothing is loaded any longer");
      Replicas.until(
          () -> !Replicas.isAnswered(() -> server.allows(KEY)), "memory is told no longer");
      assertFalse(server.isFresh());
    } finally {
      logger.detachAppender(lines);
    }
    var clear =
        lines.list.stream().filter(line -> line.getFormattedMessage().contains("QUARANTINED"));
    assertEquals(1, clear.count());
  }

  @Test
  void start_onAStoreOfANewerFormat_isRefusedAndEndsDecisionsElsewhere() {
    try (var replicas = Replicas.start(Replica.PROTOCOL)) {
      WholeServer server = replicas.get(0);
      server.grant(KEY);
      assertTrue(server.allows(KEY));
      PostgresServer.execute(replicas.url, "UPDATE store SET format = 2");
      var e =
          assertThrows(StoreException.class, () -> replicas.add(replicas.url, Replica.PROTOCOL));
      assertTrue(e.getMessage().contains("newer version"), e::getMessage);
      assertFalse(Replicas.isAnswered(() -> server.allows(COLD)), "nothing is loaded any longer");
      Replicas.until(() -> !server.isFresh(), "it does not serve");
      assertFalse(Replicas.isAnswered(() -> server.allows(KEY)));
    }
  }

  @Test
  void follow_anUnknownChangeAfterAResync_stopsAgain() {
    try (var replicas = Replicas.start(Replica.PROTOCOL)) {
      WholeServer server = replicas.get(0);
      replicas.append("QUARANTINED", 1);
      Replicas.until(() -> !server.isFresh(), "it stops");
      PostgresServer.execute(replicas.url, "UPDATE store SET install_id = gen_random_uuid()");
      Replicas.until(server::isFresh, "it starts anew");
      replicas.append("QUARANTINED", 1);
      Replicas.until(() -> !server.isFresh(), "it stops again");
      assertFalse(Replicas.isAnswered(() -> server.allows(COLD)));
    }
  }

  @Test
  void follow_onAMutantThatSkipsUnknownChanges_isSeenToGoOn() {
    try (var replicas = Replicas.start(Replica.PROTOCOL.with(Following.SKIPS_UNKNOWN_CHANGES))) {
      WholeServer server = replicas.get(0);
      replicas.append("QUARANTINED", 1);
      // It acknowledges only what it has followed.
      server.grant(KEY);
      assertTrue(server.isFresh() && server.allows(KEY));
    }
  }
}
