package dev.consentry.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Revision;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL, which other replicas use as well. Whatever is asked of it has a bound, on its side
 * and on this one.
 */
class PostgresBackend extends Backend {
  static final int VERSION_MIN = 15;
  static final int LOAD_CONNECTIONS_MAX = 8;
  static final int READ_CONNECTIONS_MAX = 4;
  static final int LOAD_WAIT_MILLIS_MAX = 500;
  static final int WAIT_MILLIS_MAX = 2_000;
  static final int LOAD_MILLIS_MAX = 1_500;
  static final int WRITE_MILLIS_MAX = 2_000;
  static final int READ_MILLIS_MAX = 10_000;
  static final int LOCK_MILLIS_MAX = 250;
  static final int IDLE_IN_TRANSACTION_MILLIS_MAX = 5_000;

  /** Whoever waits for a reply waits this much longer than its statement may take. */
  private static final int REPLY_MILLIS = 1_000;

  private static final int VALIDATION_MILLIS_MAX = 250;
  private static final String LOCATION = "classpath:db/postgresql";

  /** The kinds of changes that there may be in the log. Who writes a new one raises it first. */
  static final int FORMAT = 1;

  /** A failure to serialize, a deadlock, and the end of {@code lock_timeout}. */
  private static final Set<String> LOST_TO_ANOTHER = Set.of("40001", "40P01", "55P03");

  private static final List<Schema.Migration> SCHEMA =
      Schema.with(new Schema.Migration("2", 898_010_569));

  private static final Logger LOG = LoggerFactory.getLogger(PostgresBackend.class);

  private final PostgresAddress address;
  private final HikariDataSource writes;
  private final HikariDataSource loads;
  private final HikariDataSource reads;
  private final HikariDataSource follows;
  private volatile @Nullable NamedEpoch latest;

  /** An epoch, and the column that it was made of. */
  private record NamedEpoch(String column, Epoch epoch) {}

  PostgresBackend(PostgresAddress address) {
    this.address = address;
    this.writes = pool(writesConfig(address));
    this.loads = pool(loadsConfig(address, "loads", LOAD_CONNECTIONS_MAX));
    this.reads = pool(readsConfig(address));
    this.follows = pool(loadsConfig(address, "follows", 1));
  }

  /*
   * The writer and checks look rows up by their keys. Plans made while the tables are small, or nothing is known of them
   * yet, are kept, and would read them whole when they are large.
   */
  private static final String LOOK_UPS_ONLY =
      "SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off;"
          + " SET enable_mergejoin = off; ";

  /*
   * What anybody acknowledges must be on the disk, whatever the database's default says now, or once its configuration
   * is read again.
   */
  private static HikariConfig writesConfig(PostgresAddress address) {
    String first =
        LOOK_UPS_ONLY
            + """
            SET statement_timeout = %d; SET lock_timeout = %d;
            SET idle_in_transaction_session_timeout = %d;
            SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
              WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)\
            """
                .formatted(WRITE_MILLIS_MAX, LOCK_MILLIS_MAX, IDLE_IN_TRANSACTION_MILLIS_MAX);
    var config = config("writes", 1, WAIT_MILLIS_MAX);
    config.setDataSource(new PatientDataSource(address, WRITE_MILLIS_MAX + REPLY_MILLIS, first));
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    return config;
  }

  private static HikariConfig readsConfig(PostgresAddress address) {
    String first =
        "SET statement_timeout = %d; SET idle_in_transaction_session_timeout = %d"
            .formatted(READ_MILLIS_MAX, IDLE_IN_TRANSACTION_MILLIS_MAX);
    var config = config("reads", READ_CONNECTIONS_MAX, WAIT_MILLIS_MAX);
    config.setDataSource(new PatientDataSource(address, READ_MILLIS_MAX + REPLY_MILLIS, first));
    config.setAutoCommit(false);
    config.setReadOnly(true);
    config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
    return config;
  }

  /* A reply that comes later than the statement may take is of no use to a check. */
  private static HikariConfig loadsConfig(PostgresAddress address, String name, int size) {
    String first = LOOK_UPS_ONLY + "SET statement_timeout = " + LOAD_MILLIS_MAX;
    var config = config(name, size, LOAD_WAIT_MILLIS_MAX);
    config.setDataSource(new PatientDataSource(address, LOAD_MILLIS_MAX, first));
    return config;
  }

  private static HikariConfig config(String name, int size, int waitMillis) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(waitMillis);
    config.setValidationTimeout(VALIDATION_MILLIS_MAX);
    config.setInitializationFailTimeout(-1);
    return config;
  }

  private static HikariDataSource pool(HikariConfig config) {
    return new HikariDataSource(config);
  }

  @Override
  SQLDialect dialect() {
    return SQLDialect.POSTGRES;
  }

  /** Without a bound: a migration takes the time that it takes. */
  @Override
  DataSource migrations() {
    return new PostgresDataSource(address, 0, "SET statement_timeout = 0");
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

  @Override
  DataSource follows() {
    return follows;
  }

  /** None may keep the counter row from writers longer than a writer may. */
  @Override
  DataSource prunes() {
    String first =
        """
        SET statement_timeout = %d; SET lock_timeout = %d;
        SET idle_in_transaction_session_timeout = %d\
        """
            .formatted(READ_MILLIS_MAX, WRITE_MILLIS_MAX, IDLE_IN_TRANSACTION_MILLIS_MAX);
    return new PostgresDataSource(address, READ_MILLIS_MAX + REPLY_MILLIS, first);
  }

  @Override
  List<Schema.Migration> schema() {
    return SCHEMA;
  }

  @Override
  List<String> schemaLocations() {
    return List.of(Schema.COMMON_LOCATION, LOCATION);
  }

  @Override
  void requireFit() throws SQLException {
    try (var connection = prunes().getConnection();
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                """
                SELECT current_setting('server_version_num')::INTEGER / 10000,
                  current_setting('server_version'), current_setting('synchronous_commit'),
                  current_setting('server_encoding'), current_setting('fsync')\
                """)) {
      row.next();
      require(
          row.getInt(1) >= VERSION_MIN,
          "it is PostgreSQL %s: version %d or later is needed"
              .formatted(row.getString(2), VERSION_MIN));
      require(
          !row.getString(3).equals("off"),
          "its `synchronous_commit` is off, and would lose what was acknowledged: set it to on");
      require(
          row.getString(4).equals("UTF8"),
          "its encoding is %s: make the database with ENCODING 'UTF8'".formatted(row.getString(4)));
      if (row.getString(5).equals("off")) {
        LOG.warn("`fsync` is off: what is acknowledged is lost if PostgreSQL's machine fails");
      }
    }
  }

  private void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new StoreException("`%s` cannot be used: %s".formatted(address, otherwise));
    }
  }

  /** A new database gets its first; from then on it is PostgreSQL that begins new ones. */
  @Override
  void startEpoch(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO store (id, install_id, revision, floor_revision, last_event_time)
          VALUES (1, gen_random_uuid(), 0, 0, 'epoch') ON CONFLICT DO NOTHING\
          """);
    }
  }

  /**
   * The install id, which a restore has to renew, and the timeline of the write-ahead log, which
   * each promotion of a standby renews. {@code pg_control_checkpoint()} says so only later.
   */
  @Override
  String epochSql() {
    return "s.format || '/' || s.install_id || '/'"
        + " || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
  }

  /* Whatever is read is read with its epoch: so nothing is, once a newer version has written what ours cannot know. */
  @Override
  Epoch epoch(String column) throws SQLException {
    NamedEpoch known = latest;
    if (known == null || !known.column().equals(column)) {
      String[] formatAndHistory = column.split("/", 2);
      if (Integer.parseInt(formatAndHistory[0]) > FORMAT) {
        throw new SQLException(
            "a newer version has written changes to the store that this one does not know: upgrade");
      }
      known = new NamedEpoch(column, new Epoch(hash(formatAndHistory[1])));
      latest = known;
    }
    return known.epoch();
  }

  /** 96 bits, as an epoch has. */
  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().encodeToString(digest).substring(0, Epoch.LENGTH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /*
   * One round trip, as others wait for the lock meanwhile. Each statement takes its snapshot when its turn comes, so that
   * all but the first see what was committed before the lock was got.
   */
  @Override
  Locked lockAndRead(Connection connection, List<ResultQuery<?>> reads) throws SQLException {
    var together = new StringJoiner("; ").add(Position.lockStatement(this));
    reads.forEach(read -> together.add(read.getSQL()));
    try (var statement = connection.prepareStatement(together.toString())) {
      int place = 0;
      for (ResultQuery<?> read : reads) {
        for (Object value : read.getBindValues()) {
          statement.setObject(++place, value);
        }
      }
      statement.execute();
      Position position = Position.read(statement.getResultSet(), this);
      var rows = new ArrayList<List<? extends Record>>();
      for (ResultQuery<?> read : reads) {
        statement.getMoreResults();
        rows.add(sql(connection).fetch(statement.getResultSet(), read.fields()));
      }
      return new Locked(position, rows);
    }
  }

  /** One round trip, past jOOQ: to render as much takes longer. Once committed, it is news. */
  @Override
  void write(Connection connection, List<RowBatch> batches, @Nullable Position position)
      throws SQLException {
    var together = new StringJoiner("; ");
    batches.forEach(batch -> together.add(batch.statement()));
    if (position != null) {
      together.add("UPDATE store SET revision = ?, last_event_time = ?");
      together.add(NewsListener.statement(position.revision().number()));
    }
    try (var statement = connection.prepareStatement(together.toString())) {
      int place = 1;
      for (RowBatch batch : batches) {
        place = batch.bind(statement, place);
      }
      if (position != null) {
        Parameters.set(statement, place, position.revision().number());
        Parameters.set(statement, place + 1, position.lastEventTime());
      }
      statement.execute();
    }
  }

  @Override
  AutoCloseable listen(LongConsumer onNews) {
    return NewsListener.start(
        new PostgresDataSource(address, LOAD_MILLIS_MAX, "LISTEN " + NewsListener.CHANNEL), onNews);
  }

  /** What is visible there is on the disk. */
  @Override
  SyncGate gate(Revision atOpen, Duration waitMax) {
    return SyncGate.open();
  }

  /** A commit returns when it is on the disk. */
  @Override
  void sync(Connection connection) {}

  /** Away perhaps, and back later. */
  @Override
  boolean lost() {
    return false;
  }

  /** It happened or it did not: PostgreSQL knows, and the log tells every replica. */
  @Override
  boolean outlivesFailedCommits() {
    return true;
  }

  /**
   * Bad data, a broken constraint, a statement that took too long; not a network, lock or crash.
   */
  @Override
  boolean blamesStatement(SQLException failure) {
    String state = failure.getSQLState();
    return state != null
        && (state.equals("57014")
            || Stream.of("08", "25", "40", "53", "55", "57", "58").noneMatch(state::startsWith));
  }

  @Override
  boolean blamesAnother(SQLException failure) {
    return LOST_TO_ANOTHER.contains(String.valueOf(failure.getSQLState()));
  }

  @Override
  void backup(Path newFile) {
    throw new StoreException(
        "a PostgreSQL store is backed up with PostgreSQL's own tools, such as pg_basebackup");
  }

  @Override
  public void close() {
    var pools = List.of(follows, reads, loads, writes);
    pools.forEach(pool -> ((PatientDataSource) pool.getDataSource()).close());
    pools.forEach(HikariDataSource::close);
  }
}
