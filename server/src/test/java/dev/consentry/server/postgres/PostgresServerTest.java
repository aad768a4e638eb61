package dev.consentry.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresServerTest {
  private static final String TIMELINE =
      "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

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
        standby.stop();
        PostgresServer.execute(url, "UPDATE t SET x = 2");
        String before = PostgresServer.query(url, TIMELINE);
        primary.kill();
        standby.restart();
        standby.promote();
        String there = PostgresServer.through(standby.port(), url);
        assertEquals("1", PostgresServer.query(there, "SELECT x FROM t"));
        assertNotEquals(before, PostgresServer.query(there, TIMELINE));
      }
    }
  }

  @Test
  void proxy_thatFallsSilent_answersNobodyAndAfterwardsNewConnections() throws Exception {
    var server = PostgresServer.shared();
    try (var proxy = new FaultProxy(server.port())) {
      String url =
          PostgresServer.through(proxy.port(), server.newDatabase())
              + "&socketTimeout=1&connectTimeout=1";
      try (var connection = DriverManager.getConnection(url);
          var statement = connection.createStatement()) {
        statement.execute("SELECT 1");
        proxy.fallSilent();
        assertThrows(SQLException.class, () -> statement.execute("SELECT 1"));
        assertThrows(SQLException.class, () -> DriverManager.getConnection(url).close());
      }
      proxy.heal();
      assertEquals("1", PostgresServer.query(url, "SELECT 1"));
    }
  }

  @Test
  void proxy_cut_breaksThoseThatHaveSentTheText() throws Exception {
    var server = PostgresServer.shared();
    try (var proxy = new FaultProxy(server.port())) {
      String url = PostgresServer.through(proxy.port(), server.newDatabase());
      try (var listening = DriverManager.getConnection(url);
          var other = DriverManager.getConnection(url);
          var listen = listening.createStatement();
          var select = other.createStatement()) {
        listen.execute("LISTEN news");
        proxy.cut(sent -> sent.contains("LISTEN"));
        assertThrows(SQLException.class, () -> listen.execute("SELECT 1"));
        select.execute("SELECT 1");
      }
    }
  }
}
