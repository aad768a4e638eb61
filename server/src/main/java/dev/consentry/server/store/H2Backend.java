package dev.consentry.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Revision;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * H2, in this process. {@code async:} files survive an interrupted thread; {@code WRITE_DELAY=0}
 * hands every commit to the operating system at once, and {@link #sync} makes it last.
 */
class H2Backend extends Backend {
  static final int LOAD_CONNECTIONS_MAX = 8;
  static final int READ_CONNECTIONS_MAX = 4;
  static final int LOAD_WAIT_MILLIS_MAX = 500;
  static final int READ_WAIT_MILLIS_MAX = 2_000;
  static final int LOAD_MILLIS_MAX = 2_000;
  static final int READ_MILLIS_MAX = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(H2Backend.class);
  private static final String USER = "consentry";
  private static final String SETTINGS =
      ";DB_CLOSE_ON_EXIT=FALSE;DATABASE_TO_LOWER=TRUE;TRACE_LEVEL_FILE=0";

  static {
    TrueHeaderFiles.register();
  }

  private final String url;
  private final @Nullable DataDirectory directory;
  private final Connection canary;
  private final HikariDataSource writes;
  private final HikariDataSource loads;
  private final HikariDataSource reads;

  /** A database that lives until it is closed. */
  H2Backend() {
    this("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1" + SETTINGS, null);
  }

  /** The database in this directory, which is released when this is closed, or cannot be opened. */
  H2Backend(DataDirectory directory) {
    this(fileUrl(directory.database()), directory);
  }

  private H2Backend(String url, @Nullable DataDirectory directory) {
    this.url = url;
    this.directory = directory;
    try {
      this.canary = unpooled(url).getConnection();
    } catch (SQLException e) {
      release();
      throw new StoreException("the database cannot be opened: " + e.getMessage(), e);
    }
    this.writes = pool("writes", 1, READ_WAIT_MILLIS_MAX, false, "SET QUERY_TIMEOUT 0");
    this.loads =
        pool(
            "loads",
            LOAD_CONNECTIONS_MAX,
            LOAD_WAIT_MILLIS_MAX,
            true,
            "SET QUERY_TIMEOUT " + LOAD_MILLIS_MAX);
    // H2's REPEATABLE READ takes a snapshot of each table when it is first read; SNAPSHOT takes one
    // of all at once.
    this.reads =
        pool(
            "reads",
            READ_CONNECTIONS_MAX,
            READ_WAIT_MILLIS_MAX,
            false,
            "SET QUERY_TIMEOUT "
                + READ_MILLIS_MAX
                + "; SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SNAPSHOT");
  }

  /** The URL of the database whose files start with this path. */
  private static String fileUrl(Path path) {
    return "jdbc:h2:"
        + TrueHeaderFiles.SCHEME
        + ":async:"
        + path.toAbsolutePath()
        + ";WRITE_DELAY=0"
        + SETTINGS;
  }

  /** Connections outside the pools. */
  private static DataSource unpooled(String url) {
    var source = new JdbcDataSource();
    source.setUrl(url);
    source.setUser(USER);
    return source;
  }

  /**
   * Looks into a database that nobody has opened.
   *
   * @throws SQLException if it is damaged, or not one of ours
   */
  static void requireStore(Path path) throws SQLException {
    try (var connection =
            unpooled(fileUrl(path) + ";IFEXISTS=TRUE;ACCESS_MODE_DATA=r").getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT revision FROM store WHERE id = 1")) {
      if (!rows.next()) {
        throw new SQLException("it has no counter row");
      }
    }
  }

  private HikariDataSource pool(
      String name, int size, int waitMillis, boolean autoCommit, String initSql) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url);
    config.setUsername(USER);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(waitMillis);
    config.setAutoCommit(autoCommit);
    config.setMaxLifetime(0);
    config.setConnectionInitSql(initSql);
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  @Override
  SQLDialect dialect() {
    return SQLDialect.H2;
  }

  @Override
  DataSource migrations() {
    return unpooled(url);
  }

  @Override
  DataSource writes() {
    return writes;
  }

  @Override
  DataSource loads() {
    return loads;
  }

  @Override
  DataSource reads() {
    return reads;
  }

  /** Nobody else writes, so nobody has to follow; reading the log is a load. */
  @Override
  DataSource follows() {
    return loads;
  }

  @Override
  List<Schema.Migration> schema() {
    return Schema.COMMON;
  }

  @Override
  List<String> schemaLocations() {
    return List.of(Schema.COMMON_LOCATION);
  }

  /** It came with this server. */
  @Override
  void requireFit() {}

  /* Past jOOQ where the store is not new: its classes take longer to load than all of this. */
  @Override
  void startEpoch(Connection connection) throws SQLException {
    String epoch = Epoch.random(new SecureRandom()).value();
    try (var update = connection.prepareStatement("UPDATE store SET epoch = ?")) {
      update.setString(1, epoch);
      if (update.executeUpdate() == 0) {
        insertFirst(connection, epoch);
      }
    }
  }

  private static void insertFirst(Connection connection, String epoch) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            """
            INSERT INTO store (id, install_id, epoch, revision, floor_revision, last_event_time)
            VALUES (1, RANDOM_UUID(), ?, 0, 0, TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00')\
            """)) {
      insert.setString(1, epoch);
      insert.execute();
    }
  }

  @Override
  String epochSql() {
    return "s.epoch";
  }

  @Override
  Epoch epoch(String column) {
    return new Epoch(column);
  }

  @Override
  Locked lockAndRead(Connection connection, List<ResultQuery<?>> reads) throws SQLException {
    Position position = Position.lock(connection, this);
    return new Locked(
        position, reads.stream().<List<? extends Record>>map(ResultQuery::fetch).toList());
  }

  @Override
  void write(Connection connection, List<RowBatch> batches, @Nullable Position position) {
    DSLContext sql = sql(connection);
    batches.forEach(batch -> batch.execute(sql));
    if (position != null) {
      sql.execute(position.update());
    }
  }

  @Override
  AutoCloseable listen(LongConsumer onNews) {
    return () -> {};
  }

  @Override
  SyncGate gate(Revision atOpen, Duration waitMax) {
    return new SyncGate(atOpen.number(), waitMax);
  }

  @Override
  DataSource prunes() {
    return unpooled(url);
  }

  @Override
  void sync(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("CHECKPOINT SYNC");
    }
  }

  /* A database that H2 has closed after an error is opened anew by whoever connects next; this session sees it. */
  @Override
  boolean lost() {
    try (var statement = canary.createStatement()) {
      statement.execute("SELECT revision FROM store");
      return false;
    } catch (SQLException e) {
      LOG.error("the database does not answer any longer", e);
      return true;
    }
  }

  /** What was visible for a moment may be gone: only the next open tells. */
  @Override
  boolean outlivesFailedCommits() {
    return false;
  }

  /** There is no network between that could fail instead. */
  @Override
  boolean blamesStatement(SQLException failure) {
    return true;
  }

  /** There is one server on it, with one writer and one who shortens the history. */
  @Override
  boolean blamesAnother(SQLException failure) {
    return false;
  }

  @Override
  void backup(Path newFile) throws SQLException {
    try (var connection = unpooled(url).getConnection();
        var statement = connection.prepareStatement("BACKUP TO ?")) {
      statement.setString(1, newFile.toAbsolutePath().toString());
      statement.execute();
    }
  }

  @Override
  public void close() {
    reads.close();
    loads.close();
    writes.close();
    try (var statement = canary.createStatement()) {
      statement.execute("SHUTDOWN");
    } catch (SQLException e) {
      LOG.warn("the database did not close in order; its next open recovers it", e);
    } finally {
      release();
    }
  }

  private void release() {
    if (directory != null) {
      directory.close();
    }
  }
}
