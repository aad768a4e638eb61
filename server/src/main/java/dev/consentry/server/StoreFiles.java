package dev.consentry.server;

import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.store.ConsentStore;
import java.nio.file.Path;

final class StoreFiles {
  private StoreFiles() {}

  static ConsentStore open(ServerConfig config) {
    return ConsentStore.openMemory();
  }

  static void backup(Path data, Path target) {}

  static void restore(Path source, Path data) {}
}
