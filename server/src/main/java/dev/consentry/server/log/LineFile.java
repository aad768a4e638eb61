package dev.consentry.server.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that lines are appended to. Whoever moves or deletes it, as logrotate does, finds a new
 * one in its place about a second later.
 */
public final class LineFile implements LineSink {
  /** Of a file that is made here; one that exists stays as it is. */
  static final Set<PosixFilePermission> PERMISSIONS = PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private @Nullable FileChannel channel;

  /** Which file the channel writes to, whatever its name is by now. */
  private @Nullable Object key;

  /** Whether the file ends within a line. */
  private boolean torn;

  private LineFile(Path file) {
    this.file = file;
  }

  /**
   * Opens a file, or makes it.
   *
   * @throws IOException if that cannot be done
   */
  public static LineFile open(Path file) throws IOException {
    var opened = new LineFile(file);
    opened.reopen();
    return opened;
  }

  @Override
  public void write(byte[] lines) throws IOException {
    FileChannel to = channel;
    if (to == null) {
      throw new IOException(file + " is not open");
    }
    var left = ByteBuffer.wrap(lines);
    try {
      if (torn) {
        writeAll(to, ByteBuffer.wrap(new byte[] {'\n'}));
        torn = false;
      }
      writeAll(to, left);
    } catch (IOException e) {
      torn |= left.position() > 0 && lines[left.position() - 1] != '\n';
      // Opened again a second later: whatever is wrong is not met with for every line.
      closeQuietly();
      throw e;
    }
  }

  private static void writeAll(FileChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  @Override
  public void tend() throws IOException {
    if (channel == null || !Objects.equals(keyOf(file), key)) {
      closeQuietly();
      reopen();
    }
  }

  /** Nothing is open afterwards, or what stands at the path. */
  private void reopen() throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(PERMISSIONS));
    } catch (FileAlreadyExistsException e) {
      // It is appended to.
    }
    @Nullable Object before = keyOf(file);
    torn = endsWithinLine(file);
    FileChannel opened =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    if (before == null || !before.equals(keyOf(file))) {
      opened.close();
      throw new IOException(file + " was moved while it was opened");
    }
    channel = opened;
    key = before;
  }

  /** A process that was killed, or a full disk, leaves half a line behind. */
  private static boolean endsWithinLine(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (var read = FileChannel.open(file, StandardOpenOption.READ)) {
      if (read.size() == 0) {
        return false;
      }
      var last = ByteBuffer.allocate(1);
      read.read(last, read.size() - 1);
      return last.get(0) != '\n';
    }
  }

  /** Which file stands at the path; null if none does. */
  private static @Nullable Object keyOf(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private void closeQuietly() {
    FileChannel open = channel;
    channel = null;
    key = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      // What it took is written or lost by now; nothing is left to do about it.
    }
  }

  @Override
  public void close() {
    closeQuietly();
  }
}
