package dev.consentry.server.store;

import dev.consentry.server.postgres.PostgresServer;
import java.nio.file.Path;

/** Everything that a store can be kept in. */
enum AnyStore {
  H2_MEMORY,
  H2_FILE,
  POSTGRES;

  /** A new and empty store. */
  ConsentStore open(Path directory) {
    return switch (this) {
      case H2_MEMORY -> ConsentStore.openMemory();
      case H2_FILE -> ConsentStore.openDirectory(directory);
      case POSTGRES ->
          ConsentStore.openPostgres(
              new PostgresAddress(PostgresServer.shared().newDatabase(), null), true);
    };
  }
}
