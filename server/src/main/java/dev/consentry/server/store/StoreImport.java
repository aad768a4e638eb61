package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.APP;
import static dev.consentry.server.store.generated.Tables.APP_GRANT;
import static dev.consentry.server.store.generated.Tables.APP_VERSION;
import static dev.consentry.server.store.generated.Tables.EVENT;
import static dev.consentry.server.store.generated.Tables.REQUEST;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;

/**
 * Moves a store into an empty database, whole: rows as they are, in one transaction, which is
 * committed only if what is read back is what was read.
 *
 * <p>Not final: what a test spoils is a method of its own.
 */
class StoreImport {
  static final int ROWS_PER_BATCH = 1_000;

  private static final List<Table<?>> TABLES = List.of(APP_VERSION, APP, APP_GRANT, EVENT, REQUEST);
  private static final String POSITION =
      "SELECT s.revision, s.floor_revision, s.last_event_time FROM store s";

  private final ObjLongConsumer<String> progress;

  /**
   * @param progress is told of each table, and how many rows of it were moved
   */
  StoreImport(ObjLongConsumer<String> progress) {
    this.progress = progress;
  }

  /** Moves everything; up to which revision. */
  long run(Backend from, Backend to) throws SQLException {
    try (var source = from.migrations().getConnection();
        var target = to.migrations().getConnection()) {
      source.setAutoCommit(false);
      target.setAutoCommit(false);
      try {
        requireEmpty(target);
        for (Table<?> table : TABLES) {
          progress.accept(table.getName(), move(table, source, target));
        }
        long revision = movePosition(source, target);
        target.commit();
        return revision;
      } finally {
        // Nothing, if it was committed.
        target.rollback();
        source.rollback();
      }
    }
  }

  /** Looks once nobody else can write any longer. */
  private static void requireEmpty(Connection target) throws SQLException {
    try (var statement = target.createStatement();
        var rows = statement.executeQuery(POSITION + " FOR UPDATE")) {
      if (!rows.next() || rows.getLong(1) > 0) {
        throw new StoreException("the target is not empty: name a new database");
      }
    }
  }

  private long move(Table<?> table, Connection source, Connection target) throws SQLException {
    var read = new TableDigest();
    try (var rows = select(table, source);
        var insert = target.prepareStatement(insertStatement(table))) {
      Field<?>[] fields = table.fields();
      while (rows.next()) {
        @Nullable Object[] row = row(rows, fields);
        read.add(row);
        write(insert, fields, row);
        if (read.rows() % ROWS_PER_BATCH == 0) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
    }
    if (!read.equals(digest(table, target))) {
      throw new StoreException(
          "what was written to the table %s is not what was read: nothing was moved"
              .formatted(table.getName()));
    }
    return read.rows();
  }

  /** Writes one row into a batch. */
  void write(PreparedStatement insert, Field<?>[] fields, @Nullable Object[] row)
      throws SQLException {
    for (int i = 0; i < fields.length; i++) {
      Parameters.set(insert, i + 1, row[i]);
    }
    insert.addBatch();
  }

  private static TableDigest digest(Table<?> table, Connection connection) throws SQLException {
    var digest = new TableDigest();
    try (var rows = select(table, connection)) {
      while (rows.next()) {
        digest.add(row(rows, table.fields()));
      }
    }
    return digest;
  }

  private static ResultSet select(Table<?> table, Connection connection) throws SQLException {
    var statement = connection.createStatement();
    statement.closeOnCompletion();
    statement.setFetchSize(ROWS_PER_BATCH);
    return statement.executeQuery("SELECT %s FROM %s".formatted(columns(table), table.getName()));
  }

  private static String insertStatement(Table<?> table) {
    String places = Arrays.stream(table.fields()).map(_ -> "?").collect(Collectors.joining(", "));
    return "INSERT INTO %s (%s) VALUES (%s)".formatted(table.getName(), columns(table), places);
  }

  private static String columns(Table<?> table) {
    return Arrays.stream(table.fields()).map(Field::getName).collect(Collectors.joining(", "));
  }

  private static @Nullable Object[] row(ResultSet rows, Field<?>[] fields) throws SQLException {
    var row = new @Nullable Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      row[i] = value(rows, i + 1, fields[i].getType());
    }
    return row;
  }

  private static @Nullable Object value(ResultSet rows, int column, Class<?> type)
      throws SQLException {
    if (type == Instant.class) {
      var time = rows.getObject(column, OffsetDateTime.class);
      return time == null ? null : time.toInstant();
    }
    if (type == String[].class) {
      var array = rows.getArray(column);
      return array == null
          ? null
          : Arrays.stream((Object[]) array.getArray()).toArray(String[]::new);
    }
    return rows.getObject(column, type);
  }

  private static long movePosition(Connection source, Connection target) throws SQLException {
    try (var statement = source.createStatement();
        var rows = statement.executeQuery(POSITION);
        var update =
            target.prepareStatement(
                "UPDATE store SET revision = ?, floor_revision = ?, last_event_time = ?")) {
      if (!rows.next()) {
        throw new StoreException("the embedded store was never used: there is nothing to move");
      }
      long revision = rows.getLong(1);
      update.setLong(1, revision);
      update.setLong(2, rows.getLong(2));
      update.setObject(3, rows.getObject(3, OffsetDateTime.class));
      update.executeUpdate();
      return revision;
    }
  }
}
