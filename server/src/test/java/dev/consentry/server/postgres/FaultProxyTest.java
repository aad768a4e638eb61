package dev.consentry.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class FaultProxyTest {
  private final FaultProxy proxy = new FaultProxy(PostgresServer.shared().port());
  private final String url =
      PostgresServer.through(proxy.port(), PostgresServer.shared().newDatabase());
  private final String impatient = url + "&socketTimeout=1&connectTimeout=1";

  @AfterEach
  void closeProxy() {
    proxy.close();
  }

  @Test
  void delay_eachDirection_isAddedAndTakenAwayAgain() throws SQLException {
    try (var connection = DriverManager.getConnection(url)) {
      proxy.delay(Duration.ofMillis(150), Duration.ZERO);
      assertTrue(millisOf(connection) >= 150);
      proxy.delay(Duration.ZERO, Duration.ofMillis(150));
      assertTrue(millisOf(connection) >= 150);
      proxy.delay(Duration.ofMillis(150));
      assertTrue(millisOf(connection) >= 300);
      assertEquals("1", PostgresServer.query(url, "SELECT 1"));
    }
  }

  private static long millisOf(Connection connection) throws SQLException {
    long begin = System.nanoTime();
    select(connection);
    return Duration.ofNanos(System.nanoTime() - begin).toMillis();
  }

  private static void select(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    }
  }

  @Test
  void fallSilent_thenHeal_answersNewConnectionsOnly() throws SQLException {
    try (var before = DriverManager.getConnection(impatient);
        var idle = DriverManager.getConnection(impatient)) {
      proxy.fallSilent();
      assertTimesOut(() -> select(before));
      assertTimesOut(() -> DriverManager.getConnection(impatient).close());
      proxy.heal();
      assertEquals("1", PostgresServer.query(url, "SELECT 1"));
      select(idle);
    }
  }

  /** Silence is noticed by a time-out alone: nobody said that the connection is broken. */
  private static void assertTimesOut(Call call) {
    long begin = System.nanoTime();
    assertThrows(SQLException.class, call::run);
    assertTrue(System.nanoTime() - begin >= Duration.ofMillis(900).toNanos());
  }

  private interface Call {
    void run() throws SQLException;
  }

  @Test
  void breakSilent_afterSilence_breaksWhatMetIt() throws Exception {
    try (var waiting = DriverManager.getConnection(url);
        var idle = DriverManager.getConnection(url)) {
      proxy.fallSilent();
      var begun =
          Thread.ofVirtual().start(() -> assertThrows(SQLException.class, () -> select(waiting)));
      while (proxy.silenced() == 0) {
        LockSupport.parkNanos(1_000_000);
      }
      proxy.heal();
      proxy.breakSilent();
      begun.join();
      assertTrue(waiting.isClosed());
      select(idle);
    }
  }

  @Test
  void cut_byText_breaksThoseThatHaveSentIt() throws SQLException {
    try (var listening = DriverManager.getConnection(url);
        var other = DriverManager.getConnection(url);
        var listen = listening.createStatement()) {
      listen.execute("LISTEN news");
      proxy.cut(sent -> sent.contains("LISTEN"));
      assertThrows(SQLException.class, () -> select(listening));
      select(other);
      proxy.cut();
      assertThrows(SQLException.class, () -> select(other));
      assertEquals("1", PostgresServer.query(url, "SELECT 1"));
    }
  }

  @Test
  void close_whileConnected_endsTheConnections() throws SQLException {
    try (var connection = DriverManager.getConnection(url)) {
      proxy.close();
      assertThrows(SQLException.class, () -> select(connection));
      assertThrows(SQLException.class, () -> DriverManager.getConnection(url).close());
    }
  }
}
