package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.bench.StoreFiller;
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
    Path data = directory.resolve("data");
    StoreFiller.fill(data, GRANTS);
    String url = "jdbc:h2:%s/consentry;DATABASE_TO_LOWER=TRUE".formatted(data);
    try (var connection = DriverManager.getConnection(url, "consentry", "");
        var statement = connection.createStatement()) {
      // The filler deals them out to many apps.
      assertEquals(GRANTS, statement.executeUpdate("UPDATE app_grant SET app_id = 'app-00'"));
    }
    try (var store = ConsentStore.openDirectory(data)) {
      var reads = store.reads(new ForwardClock(Instant::now));
      assertEquals(GRANTS, reads.countActiveGrants(new AppId("app-00")).value());
    }
  }
}
