package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.postgres.PostgresServer;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class PostgresRetentionTest extends RetentionContract {
  private final String url = PostgresServer.shared().newDatabase();

  @Override
  ConsentStore open() {
    return ConsentStore.openPostgres(new PostgresAddress(url, null), true);
  }

  @Test
  void prune_whileAnotherHoldsItsRows_leavesThemToIt() throws SQLException {
    it.put("app");
    it.grant("acme", "app");
    it.revoke("acme", "app");
    it.wall.updateAndGet(now -> now.plusSeconds(1));
    it.put("other");
    Instant now = it.wall.get();
    try (var other = DriverManager.getConnection(url)) {
      other.setAutoCommit(false);
      other.createStatement().execute("SELECT 1 FROM event FOR UPDATE");
      assertEquals(0, it.store.retention().prune(now));
    }
    assertTrue(it.store.retention().prune(now) > 0);
  }
}
