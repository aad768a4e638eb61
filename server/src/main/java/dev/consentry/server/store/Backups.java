package dev.consentry.server.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Copies of a store: each a zip file with its database in it. */
final class Backups {
  private Backups() {}

  /**
   * Writes a copy of an open store.
   *
   * @param file there must be none of this name; it is there whole or not at all
   */
  static void write(Backend backend, Path file) {
    Path target = file.toAbsolutePath();
    try {
      if (Files.exists(target)) {
        throw new FileAlreadyExistsException(target.toString());
      }
      Path part = Files.createTempFile(Objects.requireNonNull(target.getParent()), ".", ".part");
      try {
        backend.backup(part);
        force(part);
        // Unlike a rename, this never replaces anything.
        Files.createLink(target, part);
        force(Objects.requireNonNull(target.getParent()));
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (FileAlreadyExistsException e) {
      throw new StoreException(
          "`%s` exists already: a backup never overwrites a file".formatted(target), e);
    } catch (IOException | SQLException e) {
      throw new StoreException("`%s` cannot be written: %s".formatted(target, e), e);
    }
  }

  /**
   * Makes a store of a copy.
   *
   * @param directory empty or missing; if this fails it is left so
   */
  static void restore(Path file, Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    try {
      boolean missing = !Files.exists(path);
      if (!DataDirectory.isEmptyOrMissing(path)) {
        throw new StoreException(
            "`%s` is not empty: restore into an empty directory".formatted(path));
      }
      try (var held = DataDirectory.hold(path)) {
        restore(file, held);
      } catch (IOException | SQLException | RuntimeException e) {
        Files.deleteIfExists(path.resolve(DataDirectory.LOCK_NAME));
        if (missing) {
          Files.deleteIfExists(path);
        }
        throw e;
      }
    } catch (IOException | SQLException e) {
      throw new StoreException(
          "`%s` cannot be restored into `%s`: %s".formatted(file.toAbsolutePath(), path, e), e);
    }
  }

  private static void restore(Path file, DataDirectory into) throws IOException, SQLException {
    Path staging = Files.createDirectory(into.path().resolve(DataDirectory.RESTORING_NAME));
    Path database = staging.resolve(DataDirectory.DATABASE_FILE_NAME);
    try {
      unzip(file, database);
      H2Backend.requireStore(staging.resolve(DataDirectory.DATABASE_NAME));
      force(database);
      Files.move(
          database,
          into.path().resolve(DataDirectory.DATABASE_FILE_NAME),
          StandardCopyOption.ATOMIC_MOVE);
      force(into.path());
    } finally {
      Files.deleteIfExists(database);
      Files.delete(staging);
    }
  }

  private static void unzip(Path file, Path database) throws IOException {
    try (var zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().equals(DataDirectory.DATABASE_FILE_NAME)) {
          Files.copy(zip, database);
          return;
        }
      }
    }
    throw new IOException("it is no backup of a Consentry store");
  }

  private static void force(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
