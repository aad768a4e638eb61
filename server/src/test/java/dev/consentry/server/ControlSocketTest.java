package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlSocketTest {
  private final List<Path> backups = Collections.synchronizedList(new ArrayList<>());

  @TempDir private Path directory;

  @Test
  void ask_backup_isWrittenWhereItSays() throws IOException {
    try (var socket = ControlSocket.open(directory, backups::add)) {
      assertEquals(Optional.of("ok backup written"), ask("backup /tmp/with space/käse"));
    }
    assertEquals(List.of(Path.of("/tmp/with space/käse")), backups);
  }

  @Test
  void ask_backupThatFails_saysWhyInOneLine() throws IOException {
    ControlSocket.Backup failing =
        file -> {
          throw new IOException("no room\nleft");
        };
    try (var socket = ControlSocket.open(directory, failing)) {
      assertEquals(Optional.of("error no room left"), ask("backup /a"));
    }
  }

  @Test
  void ask_anythingElse_isRefused() throws IOException {
    try (var socket = ControlSocket.open(directory, backups::add)) {
      for (String request : List.of("", "backup", "backup relative", "stop", "BACKUP /a")) {
        assertTrue(ask(request).orElseThrow().startsWith("error unknown request"), request);
      }
    }
    assertEquals(List.of(), backups);
  }

  @Test
  void ask_lineOverTheLimit_isCutOff() throws IOException {
    try (var socket = ControlSocket.open(directory, backups::add)) {
      String longest = "backup /" + "a".repeat(ControlSocket.REQUEST_BYTES_MAX - 8);
      assertEquals(Optional.of("ok backup written"), ask(longest));
      assertThrows(IOException.class, () -> ask(longest + "a"));
    }
    assertEquals(1, backups.size());
  }

  @Test
  void ask_directoryOfAnyLength_reachesTheServer() throws IOException {
    int fits = SocketPath.PATH_BYTES_MAX - ControlSocket.FILE.length() - 1;
    for (int length : new int[] {fits, fits + 1, 400}) {
      Path place = ofLength(length);
      try (var socket = ControlSocket.open(place, backups::add)) {
        assertEquals(
            Optional.of("ok backup written"), ControlClient.ask(place, "backup /" + length));
        assertEquals(List.of(place.resolve(ControlSocket.FILE)), list(place));
      }
      assertEquals(List.of(), list(place));
    }
  }

  @Test
  void socketPath_long_leavesNothingBehind() throws IOException {
    Path link;
    try (var path = SocketPath.of(ofLength(200), ControlSocket.FILE)) {
      link = path.address().getPath().getParent();
      assertTrue(Files.isSymbolicLink(link));
      assertTrue(path.address().getPath().toString().length() <= SocketPath.PATH_BYTES_MAX);
    }
    assertFalse(Files.exists(link.getParent()));
  }

  @Test
  void ask_noServer_isNoReply() throws IOException {
    assertEquals(Optional.empty(), ask("backup /a"));
  }

  @Test
  void open_socketOfAKilledServer_isReplaced() throws IOException {
    var killed = ControlSocket.open(directory, backups::add);
    Path socketFile = directory.resolve(ControlSocket.FILE);
    Path left = directory.resolve("left");
    Files.createLink(left, socketFile);
    killed.close();
    Files.move(left, socketFile);
    assertEquals(Optional.empty(), ask("backup /a"));
    try (var socket = ControlSocket.open(directory, backups::add)) {
      assertEquals(Optional.of("ok backup written"), ask("backup /b"));
    }
  }

  @Test
  void close_backupUnderWay_waitsForItAndTakesNoOther() throws Exception {
    var begun = new CompletableFuture<Void>();
    var mayEnd = new CompletableFuture<Void>();
    var socket =
        ControlSocket.open(
            directory,
            file -> {
              begun.complete(null);
              mayEnd.join();
            });
    var reply = CompletableFuture.supplyAsync(() -> askUnchecked("backup /a"));
    begun.get(10, TimeUnit.SECONDS);
    assertEquals(Optional.of("error another backup is under way"), ask("backup /b"));
    var closed = CompletableFuture.runAsync(socket::close);
    mayEnd.complete(null);
    closed.get(10, TimeUnit.SECONDS);
    assertEquals(Optional.of("ok backup written"), reply.get(10, TimeUnit.SECONDS));
  }

  private Optional<String> ask(String request) throws IOException {
    return ControlClient.ask(directory, request);
  }

  private Optional<String> askUnchecked(String request) {
    try {
      return ask(request);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A directory whose path has this many characters. */
  private Path ofLength(int length) throws IOException {
    Path path = directory.toAbsolutePath();
    while (length - path.toString().length() > 1) {
      int left = length - path.toString().length() - 1;
      path = path.resolve("x".repeat(left > 102 ? 100 : left));
    }
    return Files.createDirectories(path);
  }

  private static List<Path> list(Path place) throws IOException {
    try (var files = Files.list(place)) {
      return files.toList();
    }
  }
}
