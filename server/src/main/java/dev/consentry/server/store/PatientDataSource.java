package dev.consentry.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * For a pool: its thread that makes connections waits here until there is one. By itself the pool
 * would come to look only every five seconds, and be late when the database is back.
 */
final class PatientDataSource extends PostgresDataSource {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(PatientDataSource.class);

  private volatile boolean closed;
  private final transient RareWarning warning = new RareWarning(LOG, "cannot connect to the store");

  PatientDataSource(PostgresAddress address, int socketMillis, String firstSql) {
    super(address, socketMillis, firstSql);
  }

  /**
   * Whoever waits here learns soon that it is in vain: a pool that closes does not tell its thread.
   */
  void close() {
    closed = true;
  }

  @Override
  public Connection getConnection() throws SQLException {
    var backoff = new Backoff();
    while (true) {
      try {
        return super.getConnection();
      } catch (SQLException e) {
        warning.failed(e);
        if (closed || !backoff.pause()) {
          throw e;
        }
      }
    }
  }
}
