package dev.consentry.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of lines, and those who move it. */
final class LineFileTest {
  @TempDir private Path directory;

  @Test
  void open_noSuchFile_isMadeForItsOwnerAlone() throws IOException {
    try (var _ = LineFile.open(file())) {
      assertEquals(
          PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file()));
    }
  }

  @Test
  void open_existingFile_isAppendedToAndKeepsItsMode() throws IOException {
    Files.writeString(file(), "before\n");
    var mode = PosixFilePermissions.fromString("rw-r-----");
    Files.setPosixFilePermissions(file(), mode);
    try (var lines = LineFile.open(file())) {
      write(lines, "after\n");
    }
    assertEquals("before\nafter\n", Files.readString(file()));
    assertEquals(mode, Files.getPosixFilePermissions(file()));
  }

  @Test
  void open_directory_isRefused() {
    assertThrows(IOException.class, () -> LineFile.open(directory));
    assertThrows(IOException.class, () -> LineFile.open(directory.resolve("none").resolve("x")));
  }

  @Test
  void open_lastLineTorn_beginsANewOne() throws IOException {
    Files.writeString(file(), "whole\nhal");
    try (var lines = LineFile.open(file())) {
      write(lines, "next\n");
      write(lines, "last\n");
    }
    assertEquals("whole\nhal\nnext\nlast\n", Files.readString(file()));
  }

  @Test
  void tend_fileMovedAway_writesToANewOne() throws IOException {
    Path moved = directory.resolve("moved");
    try (var lines = LineFile.open(file())) {
      write(lines, "1\n");
      Files.move(file(), moved);
      write(lines, "2\n");
      lines.tend();
      write(lines, "3\n");
      lines.tend();
      write(lines, "4\n");
    }
    assertEquals("1\n2\n", Files.readString(moved));
    assertEquals("3\n4\n", Files.readString(file()));
    assertEquals(
        PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file()));
  }

  @Test
  void tend_fileMovedAndAnotherInItsPlace_writesToThat() throws IOException {
    try (var lines = LineFile.open(file())) {
      Files.move(file(), directory.resolve("moved"));
      Files.writeString(file(), "theirs\n");
      lines.tend();
      write(lines, "ours\n");
    }
    assertEquals("theirs\nours\n", Files.readString(file()));
  }

  @Test
  void tend_directoryGoneForAWhile_writesOnceItIsBack() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    Path file = folder.resolve("lines");
    try (var lines = LineFile.open(file)) {
      Files.delete(file);
      Files.delete(folder);
      assertThrows(IOException.class, lines::tend);
      assertThrows(IOException.class, () -> write(lines, "lost\n"));
      Files.createDirectory(folder);
      lines.tend();
      write(lines, "back\n");
    }
    assertEquals("back\n", Files.readString(file));
  }

  @Test
  void write_diskFull_failsAndIsOpenedAgain() throws IOException {
    try (var lines = LineFile.open(Path.of("/dev/full"))) {
      assertThrows(IOException.class, () -> write(lines, "lost\n"));
      assertThrows(IOException.class, () -> write(lines, "lost\n"));
      lines.tend();
      var e = assertThrows(IOException.class, () -> write(lines, "lost\n"));
      assertEquals("No space left on device", e.getMessage());
    }
  }

  private Path file() {
    return directory.resolve("lines");
  }

  private static void write(LineFile lines, String text) throws IOException {
    lines.write(text.getBytes(StandardCharsets.US_ASCII));
  }
}
