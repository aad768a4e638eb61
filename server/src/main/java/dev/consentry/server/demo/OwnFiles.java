package dev.consentry.server.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/** Files that are there whole, with the rights that they are to have, or not at all. */
final class OwnFiles {
  static final int BYTES_MAX = 16 * 1024;

  private static final String SECRET = "rw-------";
  private static final String PUBLIC = "rw-r--r--";
  private static final String OWN_DIRECTORY = "rwx------";

  private OwnFiles() {}

  /** Its owner's alone, if it is made. */
  static void makeDirectory(Path directory) throws IOException {
    Files.createDirectories(directory, rights(OWN_DIRECTORY));
  }

  /** Makes a file that nobody else can read at any time; leaves one alone that is there. */
  static void makeSecret(Path file, String text) throws IOException {
    Path whole = beside(file, text.getBytes(StandardCharsets.UTF_8), SECRET);
    try {
      /* A link, unlike a move, never takes the place of what is there. */
      Files.createLink(file, whole);
    } catch (FileAlreadyExistsException _) {
      // So it stays.
    } finally {
      Files.delete(whole);
    }
  }

  /** Makes a file that anybody may read who gets there, or puts it in the place of the old one. */
  static void replacePublic(Path file, byte[] content) throws IOException {
    Path whole = beside(file, content, PUBLIC);
    try {
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  static String read(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw new IOException(file + " is longer than " + BYTES_MAX + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static Path beside(Path file, byte[] content, String rights) throws IOException {
    Path whole = file.resolveSibling("%s.%s.tmp".formatted(file.getFileName(), UUID.randomUUID()));
    try (var channel =
        FileChannel.open(
            whole,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            rights(rights))) {
      var left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(whole);
      throw e;
    }
    return whole;
  }

  private static FileAttribute<Set<PosixFilePermission>> rights(String rights) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights));
  }
}
