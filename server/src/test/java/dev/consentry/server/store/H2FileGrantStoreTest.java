package dev.consentry.server.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class H2FileGrantStoreTest extends GrantStoreContract {
  @TempDir private Path directory;

  @Override
  ConsentStore open() {
    return ConsentStore.openDirectory(directory.resolve("data"));
  }
}
