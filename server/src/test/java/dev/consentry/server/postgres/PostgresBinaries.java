package dev.consentry.server.postgres;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.CRC32C;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/** The programs of PostgreSQL, unpacked once for each version that a build is run with. */
final class PostgresBinaries {
  private static final Path PARENT = Path.of("target", "postgres").toAbsolutePath();

  private static @Nullable Path found;

  private PostgresBinaries() {}

  /** Where the programs are. */
  static synchronized Path directory() {
    Path directory = found;
    if (directory == null) {
      directory = find();
      found = directory;
    }
    return directory;
  }

  private static Path find() {
    try (var archive = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary("Linux", "x86_64")) {
      byte[] bytes = archive.readAllBytes();
      var sum = new CRC32C();
      sum.update(bytes);
      Path home = PARENT.resolve(Long.toHexString(sum.getValue()));
      if (!Files.exists(home)) {
        Files.createDirectories(PARENT);
        Path part = Files.createTempDirectory(PARENT, "part-");
        unpack(bytes, part);
        Files.move(part, home, StandardCopyOption.ATOMIC_MOVE);
      }
      return home.resolve("bin");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void unpack(byte[] txz, Path into) throws IOException {
    try (var archive =
        new TarArchiveInputStream(new XZCompressorInputStream(new ByteArrayInputStream(txz)))) {
      for (TarArchiveEntry entry = archive.getNextEntry();
          entry != null;
          entry = archive.getNextEntry()) {
        Path path = into.resolve(entry.getName()).normalize();
        Files.createDirectories(path.getParent());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
          Files.copy(archive, path);
          if ((entry.getMode() & 0100) != 0) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
          }
        }
      }
    }
  }
}
