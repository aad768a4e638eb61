package dev.consentry.server.postgres;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The programs of PostgreSQL, unpacked once a build. */
final class PostgresBinaries {
  private static final Path HOME = Path.of("target", "postgres").toAbsolutePath();

  private PostgresBinaries() {}

  /** Where the programs are. */
  static synchronized Path directory() {
    if (!Files.exists(HOME)) {
      try {
        Files.createDirectories(HOME.getParent());
        Path part = Files.createTempDirectory(HOME.getParent(), "postgres-");
        unpack(part);
        Files.move(part, HOME, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return HOME.resolve("bin");
  }

  private static void unpack(Path into) throws IOException {
    try (var archive =
        new TarArchiveInputStream(
            new XZCompressorInputStream(
                new BufferedInputStream(
                    DefaultPostgresBinaryResolver.INSTANCE.getPgBinary("Linux", "x86_64"))))) {
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
