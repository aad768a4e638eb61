package dev.consentry.server.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Brings a database's schema up to date. One that is, is seen to be so by one query, without
 * Flyway: to load that takes longer than the rest of opening a store.
 */
final class Schema {
  /**
   * The migrations of every database, as Flyway writes them down once they are done. All have a
   * version: one to be repeated would not be seen to be missing.
   */
  static final List<Migration> COMMON =
      List.of(new Migration("1", 1_508_955_329), new Migration("3", -581_558_532));

  static final String COMMON_LOCATION = "classpath:db/migration";

  /* Its table says in a row without a version that it made itself; a failed migration is left to it to explain. */
  private static final String DONE =
      """
      SELECT version, checksum, success FROM flyway_schema_history
      WHERE version IS NOT NULL ORDER BY installed_rank\
      """;

  private Schema() {}

  /** The migrations of a database that has some of its own, by their versions. */
  static List<Migration> with(Migration... own) {
    return Stream.concat(COMMON.stream(), Stream.of(own))
        .sorted(Comparator.comparingInt(migration -> Integer.parseInt(migration.version())))
        .toList();
  }

  /**
   * One step of the schema.
   *
   * @param checksum of its script
   */
  record Migration(String version, int checksum) {}

  /**
   * Migrates, if there is anything to do; how many steps that took.
   *
   * @throws org.flywaydb.core.api.FlywayException if the schema is not one that can be brought here
   */
  static int bringUpToDate(Backend backend) {
    return isUpToDate(backend)
        ? 0
        : Flyway.configure()
            .dataSource(backend.migrations())
            .locations(backend.schemaLocations().toArray(String[]::new))
            .load()
            .migrate()
            .migrationsExecuted;
  }

  /**
   * Looks, and does nothing.
   *
   * @throws StoreException if there is something to do
   */
  static void requireUpToDate(Backend backend) {
    if (!isUpToDate(backend)) {
      throw new StoreException(
          "the schema of the store is not that of this server: run `consentry-server migrate`");
    }
  }

  /** Whether there is nothing to do: a newer server may have gone further. */
  static boolean isUpToDate(Backend backend) {
    List<Migration> done = done(backend.prunes());
    List<Migration> wanted = backend.schema();
    return done.size() >= wanted.size() && done.subList(0, wanted.size()).equals(wanted);
  }

  /** The migrations that were done, in their order; none if one failed, or nobody can tell. */
  static List<Migration> done(DataSource database) {
    try (var connection = database.getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(DONE)) {
      var done = new ArrayList<Migration>();
      while (rows.next()) {
        if (!rows.getBoolean(3)) {
          return List.of();
        }
        done.add(new Migration(rows.getString(1), rows.getInt(2)));
      }
      return done;
    } catch (SQLException e) {
      // A new database has no such table; whatever else it is, Flyway will meet it too, and say so.
      return List.of();
    }
  }
}
