package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.postgres.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SchemaTest {
  private final H2Backend backend = new H2Backend();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void bringUpToDate_newDatabase_hasTheMigrationsThatAreWrittenHere() {
    assertEquals(List.of(), Schema.done(backend.migrations()));
    Schema.bringUpToDate(backend);
    assertEquals(Schema.COMMON, Schema.done(backend.migrations()));
  }

  @Test
  void bringUpToDate_postgres_hasItsOwnMigrationsToo() {
    var address = new PostgresAddress(PostgresServer.shared().newDatabase(), null);
    try (var postgres = new PostgresBackend(address)) {
      assertThrows(StoreException.class, () -> Schema.requireUpToDate(postgres));
      assertEquals(postgres.schema().size(), Schema.bringUpToDate(postgres));
      assertEquals(postgres.schema(), Schema.done(postgres.migrations()));
      assertEquals(0, Schema.bringUpToDate(postgres));
      Schema.requireUpToDate(postgres);
    }
  }

  @Test
  void done_failedMigration_isNone() throws Exception {
    Schema.bringUpToDate(backend);
    try (var connection = backend.migrations().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("UPDATE flyway_schema_history SET success = FALSE WHERE version = '1'");
    }
    assertEquals(List.of(), Schema.done(backend.migrations()));
  }

  @Test
  void migrations_allScripts_haveAVersion() throws Exception {
    try (var scripts = Files.list(Path.of("src", "main", "resources", "db", "migration"))) {
      var names = scripts.map(script -> script.getFileName().toString()).toList();
      assertEquals(Schema.COMMON.size(), names.size());
      assertEquals(List.of(), names.stream().filter(name -> !name.startsWith("V")).toList());
    }
  }
}
