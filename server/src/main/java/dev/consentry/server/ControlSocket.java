package dev.consentry.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the owner of the data directory asks a serving process for something: {@code control.sock}
 * in that directory. A connection carries one request, {@code backup ABSOLUTE_PATH}, ended by a
 * newline, and one reply line, {@code ok …} or {@code error …}. Whoever may enter the directory may
 * ask, and nobody else.
 */
final class ControlSocket implements AutoCloseable {
  static final String FILE = "control.sock";
  static final int REQUEST_BYTES_MAX = 8_192;
  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);

  /** How long a backup under way may hold up the end of the server. */
  static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private static final Logger logger = LoggerFactory.getLogger(ControlSocket.class);

  private final Path file;
  private final ServerSocketChannel channel;
  private final Backup backup;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();

  private final Semaphore oneAtATime = new Semaphore(1);

  /** Everyone at work here, whoever accepts included; it ends with the last of them. */
  private final Phaser atWork = new Phaser(1);

  /** Writes a copy of the store, as it is now, to a file that must not exist yet. */
  interface Backup {
    void to(Path file) throws IOException;
  }

  private ControlSocket(Path file, ServerSocketChannel channel, Backup backup) {
    this.file = file;
    this.channel = channel;
    this.backup = backup;
  }

  /**
   * Opens the socket. Its file may be left over from a server that was killed: the caller holds the
   * directory's lock, so no server is behind it.
   */
  static ControlSocket open(Path directory, Backup backup) throws IOException {
    Path file = directory.resolve(FILE);
    Files.deleteIfExists(file);
    var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try (var path = SocketPath.of(directory, FILE)) {
      channel.bind(path.address());
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    var socket = new ControlSocket(file, channel, backup);
    socket.atWork.register();
    Thread.ofVirtual().name("control").start(socket::accept);
    return socket;
  }

  /** A listening socket is not gone before the thread that accepts from it has let it go. */
  private void accept() {
    try {
      while (channel.isOpen()) {
        SocketChannel connection = channel.accept();
        connections.add(connection);
        atWork.register();
        Thread.ofVirtual().name("control-request").start(() -> serve(connection));
      }
    } catch (ClosedChannelException e) {
      logger.atDebug().log("the control socket is closed");
    } catch (IOException e) {
      logger.atError().setCause(e).log("the control socket stopped answering");
    } finally {
      atWork.arriveAndDeregister();
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      ControlLine.write(connection, reply(connection));
    } catch (IOException e) {
      logger.atDebug().setCause(e).log("a control connection broke");
    } finally {
      connections.remove(connection);
      atWork.arriveAndDeregister();
    }
  }

  private String reply(SocketChannel connection) throws IOException {
    String request = requestWithinTime(connection);
    if (!request.startsWith("backup /")) {
      return "error unknown request; known is: backup ABSOLUTE_PATH";
    }
    if (!oneAtATime.tryAcquire()) {
      return "error another backup is under way";
    }
    try {
      return backup(Path.of(request.substring("backup ".length())));
    } finally {
      oneAtATime.release();
    }
  }

  private String backup(Path target) {
    try {
      backup.to(target);
      logger.atInfo().addKeyValue("file", target).log("backup written");
      return "ok backup written";
    } catch (IOException | RuntimeException e) {
      logger.atWarn().addKeyValue("file", target).setCause(e).log("backup failed");
      return "error " + String.valueOf(e.getMessage()).replace('\n', ' ');
    }
  }

  /** A connection that has not said what it wants in time is closed. */
  private static String requestWithinTime(SocketChannel connection) throws IOException {
    var received = new CompletableFuture<Void>();
    var _ =
        received
            .orTimeout(REQUEST_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete((nothing, late) -> {
              if (late instanceof TimeoutException) {
                closeQuietly(connection);
              }
            });
    try {
      return ControlLine.read(connection, REQUEST_BYTES_MAX);
    } finally {
      received.complete(null);
    }
  }

  /** Stops listening, and waits a while for backups under way. Afterwards nobody can connect. */
  @Override
  public void close() {
    closeQuietly(channel);
    try {
      Files.deleteIfExists(file);
      atWork.awaitAdvanceInterruptibly(
          atWork.arriveAndDeregister(), CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      logger.atWarn().log("a backup was still under way when the server stopped");
    } catch (IOException e) {
      logger.atWarn().setCause(e).log("the control socket's file could not be removed");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connections.forEach(ControlSocket::closeQuietly);
  }

  private static void closeQuietly(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      logger.atDebug().setCause(e).log("a control connection did not close");
    }
  }
}
