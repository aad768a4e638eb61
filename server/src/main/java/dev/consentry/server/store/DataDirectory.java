package dev.consentry.server.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one store, held by one process: nobody else opens it until this is closed, or
 * the process has ended. Its owner alone may look inside.
 */
final class DataDirectory implements AutoCloseable {
  static final String LOCK_NAME = "consentry.lock";
  static final String DATABASE_NAME = "consentry";
  static final String DATABASE_FILE_NAME = DATABASE_NAME + ".mv.db";

  /** Where a restore is under way; what is in it is worth nothing. */
  static final String RESTORING_NAME = "restoring";

  /** What the names of files start with that a demo leaves there whose store is elsewhere. */
  private static final String DEMO_ISSUER = "demo-issuer";

  private final Path path;
  private final FileChannel lock;

  private DataDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Makes the directory if there is none, and holds it.
   *
   * @throws StoreException if it is held already, is not a store's, or cannot be used
   */
  static DataDirectory hold(Path directory) {
    Path path = directory.toAbsolutePath().normalize();
    if (path.toString().contains(";")) {
      throw new StoreException("`%s`: the path of a store must not contain `;`".formatted(path));
    }
    try {
      if (!isEmptyOrMissing(path) && !isStore(path)) {
        throw new StoreException(
            "`%s` is not empty, and holds no Consentry store: name another directory"
                .formatted(path));
      }
      if (Files.exists(path.resolve(RESTORING_NAME))) {
        throw new StoreException(
            "`%s` was left by a restore that was cut short: delete it, and restore again"
                .formatted(path));
      }
      Files.createDirectories(path);
      var permissions = Files.getFileAttributeView(path, PosixFileAttributeView.class);
      if (permissions != null) {
        permissions.setPermissions(PosixFilePermissions.fromString("rwx------"));
      }
      return new DataDirectory(path, lock(path.resolve(LOCK_NAME)));
    } catch (IOException e) {
      throw new StoreException("`%s` cannot be used: %s".formatted(path, e), e);
    }
  }

  private static boolean isStore(Path path) {
    return Files.exists(path.resolve(LOCK_NAME)) || Files.exists(path.resolve(DATABASE_FILE_NAME));
  }

  /** Whether there is a database in this directory. */
  static boolean holdsStore(Path directory) {
    return Files.exists(directory.resolve(DATABASE_FILE_NAME));
  }

  /** Whether a store can be made there. */
  static boolean isEmptyOrMissing(Path path) throws IOException {
    if (!Files.exists(path)) {
      return true;
    }
    try (var entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        if (!entry.getFileName().toString().startsWith(DEMO_ISSUER)) {
          return false;
        }
      }
      return true;
    }
  }

  /* The file says who holds it; its lock, which ends with the process, whether that is still so. */
  private static FileChannel lock(Path file) throws IOException {
    var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      String holder = Files.readString(file, StandardCharsets.US_ASCII).strip();
      channel.close();
      throw new StoreException(
          "`%s` is in use by process %s: stop it, or name another directory"
              .formatted(file.getParent(), holder));
    }
    channel.truncate(0);
    String self = ProcessHandle.current().pid() + "\n";
    channel.write(ByteBuffer.wrap(self.getBytes(StandardCharsets.US_ASCII)));
    return channel;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path path() {
    return path;
  }

  /** What the names of the database's files start with. */
  Path database() {
    return path.resolve(DATABASE_NAME);
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new StoreException("`%s` cannot be released: %s".formatted(path, e), e);
    }
  }
}
