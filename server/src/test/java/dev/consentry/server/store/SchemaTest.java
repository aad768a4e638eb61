package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;

final class SchemaTest {
  private final JdbcDataSource database = new JdbcDataSource();

  private void open(String name) {
    database.setUrl("jdbc:h2:mem:%s;DB_CLOSE_DELAY=-1;DATABASE_TO_LOWER=TRUE".formatted(name));
  }

  @Test
  void bringUpToDate_newDatabase_hasTheMigrationsThatAreWrittenHere() {
    open("schema-new");
    assertEquals(List.of(), Schema.done(database));
    Schema.bringUpToDate(database);
    assertEquals(Schema.MIGRATIONS, Schema.done(database));
  }

  @Test
  void done_failedMigration_isNone() throws Exception {
    open("schema-failed");
    Schema.bringUpToDate(database);
    try (var connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("UPDATE flyway_schema_history SET success = FALSE WHERE version = '1'");
    }
    assertEquals(List.of(), Schema.done(database));
  }

  @Test
  void migrations_allScripts_haveAVersion() throws Exception {
    try (var scripts = Files.list(Path.of("src", "main", "resources", "db", "migration"))) {
      var names = scripts.map(script -> script.getFileName().toString()).toList();
      assertEquals(Schema.MIGRATIONS.size(), names.size());
      assertEquals(List.of(), names.stream().filter(name -> !name.startsWith("V")).toList());
    }
  }
}
