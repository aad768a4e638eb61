package dev.consentry.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.postgresql.ds.PGSimpleDataSource;

/** Makes connections that never wait for ever: pgjdbc's do unless told. Only to a primary. */
class PostgresDataSource extends PGSimpleDataSource {
  /** To connect, and then again for the handshake. */
  static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(1);

  private static final long serialVersionUID = 1L;
  private static final String APPLICATION_NAME = "consentry-server";

  private final int socketMillis;
  private final String firstSql;

  /**
   * @param socketMillis how long a reply may take
   * @param firstSql what each connection runs first
   */
  PostgresDataSource(PostgresAddress address, int socketMillis, String firstSql) {
    this.socketMillis = socketMillis;
    this.firstSql = firstSql;
    setUrl(address.url());
    if (address.password() != null) {
      setPassword(address.password());
    }
    if (getApplicationName() == null) {
      setApplicationName(APPLICATION_NAME);
    }
    setConnectTimeout((int) CONNECT_TIME_MAX.toSeconds());
    setSocketTimeout((int) CONNECT_TIME_MAX.toSeconds());
    setTcpKeepAlive(true);
    setTargetServerType("primary");
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    try (var statement = connection.createStatement()) {
      connection.setNetworkTimeout(Runnable::run, socketMillis);
      statement.execute(firstSql);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }
}
