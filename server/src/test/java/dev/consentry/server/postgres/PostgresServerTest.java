package dev.consentry.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresServerTest {
  private static final String TIMELINE =
      "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

  private static final int WRITERS = 4;

  @TempDir private Path directory;

  @Test
  void shared_everybodysServer_losesNothing() {
    String url = PostgresServer.shared().newDatabase();
    for (String setting : new String[] {"fsync", "synchronous_commit", "full_page_writes"}) {
      assertEquals("on", PostgresServer.query(url, "SHOW " + setting));
    }
  }

  @Test
  void kill_afterACommit_keepsIt() {
    try (var server = PostgresServer.start(directory.resolve("data"))) {
      String url = server.newDatabase();
      PostgresServer.execute(url, "CREATE TABLE t AS SELECT 42 AS x");
      server.kill();
      assertThrows(SQLException.class, () -> DriverManager.getConnection(url).close());
      server.restart();
      assertEquals("42", PostgresServer.query(url, "SELECT x FROM t"));
    }
  }

  @Test
  void promote_aStandbyThatMissedTheLastCommit_beginsAnotherTimelineWithoutIt() {
    try (var primary = PostgresServer.start(directory.resolve("data"))) {
      String url = primary.newDatabase();
      PostgresServer.execute(url, "CREATE TABLE t AS SELECT 1 AS x");
      try (var standby = primary.standby(directory.resolve("standby"))) {
        PostgresServer.execute(url, "UPDATE t SET x = 2");
        standby.catchUp(primary);
        standby.stop();
        PostgresServer.execute(url, "UPDATE t SET x = 3");
        String before = PostgresServer.query(url, TIMELINE);
        primary.kill();
        standby.restart();
        standby.promote();
        String there = PostgresServer.through(standby.port(), url);
        assertEquals("2", PostgresServer.query(there, "SELECT x FROM t"));
        PostgresServer.execute(there, "UPDATE t SET x = 4");
        assertNotEquals(before, PostgresServer.query(there, TIMELINE));
      }
    }
  }

  @Test
  void kill_underLoad_losesNothingAcknowledged() throws Exception {
    try (var server = PostgresServer.start(directory.resolve("data"))) {
      String url = server.newDatabase();
      PostgresServer.execute(url, "CREATE TABLE t (writer INT, number INT)");
      var stop = new AtomicBoolean();
      var acknowledged = new AtomicIntegerArray(WRITERS);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int w = 0; w < WRITERS; w++) {
          int writer = w;
          threads.execute(() -> write(url, writer, acknowledged, stop));
        }
        for (int round = 0; round < 3; round++) {
          int before = acknowledged.get(0);
          while (acknowledged.get(0) < before + 20) {
            LockSupport.parkNanos(1_000_000);
          }
          server.kill();
          server.restart();
        }
        stop.set(true);
      }
      for (int w = 0; w < WRITERS; w++) {
        int last = acknowledged.get(w);
        String kept =
            PostgresServer.query(
                url,
                "SELECT count(DISTINCT number) FROM t WHERE number <= %d AND writer = %d"
                    .formatted(last, w));
        assertEquals(Integer.toString(last), kept);
      }
    }
  }

  /** Writes one number after the other, again from the first that was not acknowledged. */
  private static void write(
      String url, int writer, AtomicIntegerArray acknowledged, AtomicBoolean stop) {
    while (!stop.get()) {
      try (var connection = DriverManager.getConnection(url);
          var insert = connection.createStatement()) {
        while (!stop.get()) {
          int next = acknowledged.get(writer) + 1;
          insert.execute("INSERT INTO t VALUES (%d, %d)".formatted(writer, next));
          acknowledged.set(writer, next);
        }
      } catch (SQLException e) {
        // It was killed, or is not up again.
      }
    }
  }

  @Test
  void freeze_ofAllProcesses_answersNobodyUntilItGoesOn() throws Exception {
    try (var server = PostgresServer.start(directory.resolve("data"));
        var connection = DriverManager.getConnection(server.newDatabase());
        var statement = connection.createStatement()) {
      server.freeze();
      var answer = new CompletableFuture<Boolean>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              answer.complete(statement.execute("SELECT 1"));
            } catch (SQLException e) {
              answer.completeExceptionally(e);
            }
          });
      assertThrows(TimeoutException.class, () -> answer.get(100, TimeUnit.MILLISECONDS));
      server.goOn();
      assertTrue(answer.join());
    }
  }

  @Test
  void restart_onADamagedDirectory_failsWithWhatTheServerSaid() throws IOException {
    try (var server = PostgresServer.start(directory.resolve("data"))) {
      server.stop();
      Files.writeString(directory.resolve("data/postgresql.conf"), "port = many");
      String message = assertThrows(AssertionError.class, server::restart).getMessage();
      assertTrue(message.contains("invalid value for parameter \"port\""), message);
    }
  }

  @Test
  void newDatabase_default_ordersTextAsPeopleDo() {
    String url = PostgresServer.shared().newDatabase();
    assertEquals("f", PostgresServer.query(url, "SELECT 'B' < 'a'"));
  }
}
