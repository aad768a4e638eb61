package dev.consentry.server.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;

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

  /**
   * Makes everything committed so far survive a loss of power.
   *
   * @param connection the one that committed
   */
  abstract void sync(Connection connection) throws SQLException;

  /** Whether the database is gone for good, so that only opening it again can help. */
  abstract boolean lost();

  /** Writes a consistent copy of the database while it is in use. */
  abstract void backup(Path newFile) throws SQLException;

  /** Call it when nobody uses the database any longer. */
  @Override
  public abstract void close();

  final DSLContext sql(Connection connection) {
    return DSL.using(connection, dialect(), SETTINGS);
  }
}
