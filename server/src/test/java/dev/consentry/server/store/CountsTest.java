package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers have counted in 16 bits. */
final class CountsTest {
  private static final int GRANTS = (1 << 16) + 1;

  @TempDir private Path directory;

  @Test
  void countActiveGrants_moreThanFitInto16Bits_areAllOfThem() throws Exception {
    ConsentStore.openDirectory(directory).close();
    insertGrants();
    try (var store = ConsentStore.openDirectory(directory)) {
      var reads = store.reads(new ForwardClock(Instant::now));
      assertEquals(GRANTS, reads.countActiveGrants(new AppId("mail")).value());
    }
  }

  /** Grants alone, in one statement: to make as many by commands takes a minute. */
  private void insertGrants() throws Exception {
    String url = "jdbc:h2:%s/consentry;DATABASE_TO_LOWER=TRUE".formatted(directory);
    try (var connection = DriverManager.getConnection(url, "consentry", "");
        var statement = connection.createStatement()) {
      statement.execute("SET REFERENTIAL_INTEGRITY FALSE");
      assertEquals(
          GRANTS,
          statement.executeUpdate(
              """
              INSERT INTO app_grant (account_id, app_id, scopes, manifest_version, state,
                grant_time, granted_by, grant_reason, revision)
              SELECT 'acct-' || n.x, 'mail', ARRAY['mail.read'], 1, 'ACTIVE', CURRENT_TIMESTAMP,
                'local', '', n.x
              FROM SYSTEM_RANGE(1, %d) n(x)\
              """
                  .formatted(GRANTS)));
    }
  }
}
