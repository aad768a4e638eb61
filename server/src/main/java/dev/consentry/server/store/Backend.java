package dev.consentry.server.store;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Revision;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** What one kind of database does its own way. */
abstract class Backend implements AutoCloseable {
  private static final Settings SETTINGS =
      new Settings()
          .withExecuteLogging(false)
          .withInListPadding(true)
          .withRenderSchema(false)
          .withRenderCatalog(false);

  abstract SQLDialect dialect();

  /** For whoever brings the schema up to date before anything else. */
  abstract DataSource migrations();

  /** For the one committer: transactions that end by hand, at READ COMMITTED. */
  abstract DataSource writes();

  /** For the check path: single statements, and a short wait for a connection. */
  abstract DataSource loads();

  /** For everything else that reads: each transaction is one snapshot of all tables. */
  abstract DataSource reads();

  /** For whoever follows the log, one thread: single statements. */
  abstract DataSource follows();

  /** The migrations of this kind of database, in their order. */
  abstract List<Schema.Migration> schema();

  /** Where Flyway finds them. */
  abstract List<String> schemaLocations();

  /**
   * Looks whether this database can keep what it is given.
   *
   * @throws StoreException if not; the message says what to change
   */
  abstract void requireFit() throws SQLException;

  /** Starts a history in a new database, and in an old one what each open starts. */
  abstract void startEpoch(Connection connection) throws SQLException;

  /** The epoch of a row {@code s} of the table {@code store}, as a column. */
  abstract String epochSql();

  /**
   * What such a column says.
   *
   * @throws SQLException if this version cannot know what else is in the store
   */
  abstract Epoch epoch(String column) throws SQLException;

  /** The counter row, and what was asked for. */
  record Locked(Position position, List<List<? extends Record>> rows) {}

  /**
   * Locks the counter row to the end of the transaction, in a statement of its own, and then
   * executes these: none of them may see anything from before the lock.
   */
  abstract Locked lockAndRead(Connection connection, List<ResultQuery<?>> reads)
      throws SQLException;

  /**
   * Writes these rows.
   *
   * @param batches none of them empty
   * @param position where the store is by then; null if it does not move yet
   */
  abstract void write(Connection connection, List<RowBatch> batches, @Nullable Position position)
      throws SQLException;

  /**
   * Calls {@code onNews} with the revision whenever something was written, until what is returned
   * is closed. Some of it may be missed; it is told {@link Long#MAX_VALUE} when that may be so.
   */
  abstract AutoCloseable listen(LongConsumer onNews);

  /** What reads pass: it opens for what is true. */
  abstract SyncGate gate(Revision atOpen, Duration waitMax);

  /**
   * For whoever shortens the history: connections of its own, whose transactions cannot keep the
   * counter row from writers for long.
   */
  abstract DataSource prunes();

  /**
   * Makes everything committed so far survive a loss of power.
   *
   * @param connection the one that committed
   */
  abstract void sync(Connection connection) throws SQLException;

  /** Whether the database is gone for good, so that only opening it again can help. */
  abstract boolean lost();

  /**
   * Whether a commit whose outcome nobody knows leaves the others true, so that the writer may go
   * on.
   */
  abstract boolean outlivesFailedCommits();

  /**
   * Whether a failure may be the fault of one command, so that the others would do better alone.
   */
  abstract boolean blamesStatement(SQLException failure);

  /**
   * Whether a transaction failed only because another one holds what it wants. It has changed
   * nothing, and may do better later.
   */
  abstract boolean blamesAnother(SQLException failure);

  /** The database's own failure that a failure is about; null if it is about something else. */
  static @Nullable SQLException sqlException(Throwable e) {
    return switch (e) {
      case SQLException found -> found;
      case DataAccessException access when access.getCause() != null ->
          sqlException(access.getCause());
      default -> null;
    };
  }

  /** Writes a consistent copy of the database while it is in use. */
  abstract void backup(Path newFile) throws SQLException;

  /** Call it when nobody uses the database any longer. */
  @Override
  public abstract void close();

  final DSLContext sql(Connection connection) {
    return DSL.using(connection, dialect(), SETTINGS);
  }
}
