package dev.consentry.server;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * An address for a socket file however long its path: a long one is reached through a short link in
 * a private directory, which lasts until this is closed.
 */
final class SocketPath implements AutoCloseable {
  /** {@code sun_path} has 104 bytes on macOS and the BSDs, 108 on Linux, its zero byte included. */
  static final int PATH_BYTES_MAX = 103;

  private static final Path SHORT_PLACE = Path.of("/tmp");

  private final UnixDomainSocketAddress address;
  private final Path[] temporary;

  private SocketPath(Path path, Path... temporary) {
    this.address = UnixDomainSocketAddress.of(path);
    this.temporary = temporary;
  }

  static SocketPath of(Path directory, String name) throws IOException {
    Path path = directory.toAbsolutePath().resolve(name);
    if (path.toString().getBytes(StandardCharsets.UTF_8).length <= PATH_BYTES_MAX) {
      return new SocketPath(path);
    }
    var ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Path shortcuts = Files.createTempDirectory(SHORT_PLACE, "consentry", ownerOnly);
    Path link = shortcuts.resolve("d");
    try {
      Files.createSymbolicLink(link, directory.toAbsolutePath());
    } catch (IOException e) {
      Files.delete(shortcuts);
      throw e;
    }
    return new SocketPath(link.resolve(name), link, shortcuts);
  }

  UnixDomainSocketAddress address() {
    return address;
  }

  @Override
  public void close() throws IOException {
    for (Path path : temporary) {
      Files.deleteIfExists(path);
    }
  }
}
