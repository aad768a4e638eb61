package dev.consentry.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import javax.sql.DataSource;

/** Stores on PostgreSQL that leave one step out each. */
public final class PostgresMutants {
  private PostgresMutants() {}

  /** Whoever follows the log waits for a reply for ever, as pgjdbc does unless told. */
  public static ConsentStore withoutSocketTimeout(String url) {
    return ConsentStore.open(new WithoutSocketTimeout(new PostgresAddress(url, null)));
  }

  /** A promoted standby goes on with the primary's epoch. */
  public static ConsentStore withoutTimeline(String url) {
    return ConsentStore.open(new WithoutTimeline(new PostgresAddress(url, null)));
  }

  private static final class WithoutSocketTimeout extends PostgresBackend {
    private final HikariDataSource follows;

    WithoutSocketTimeout(PostgresAddress address) {
      super(address);
      var config = new HikariConfig();
      config.setMaximumPoolSize(1);
      config.setInitializationFailTimeout(-1);
      config.setDataSource(new PatientDataSource(address, 0, "SELECT"));
      follows = new HikariDataSource(config);
    }

    @Override
    DataSource follows() {
      return follows;
    }

    @Override
    public void close() {
      follows.close();
      super.close();
    }
  }

  private static final class WithoutTimeline extends PostgresBackend {
    WithoutTimeline(PostgresAddress address) {
      super(address);
    }

    @Override
    String epochSql() {
      return "s.format || '/' || s.install_id";
    }
  }
}
