package dev.consentry.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL on loopback, which loses nothing: its {@code fsync} and {@code
 * synchronous_commit} are on. It runs as root as well, in a user namespace where it is nobody.
 */
public final class PostgresServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String USER = "postgres";
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private static @Nullable PostgresServer shared;

  private final Path data;
  private final int port;
  private @Nullable Process process;

  private PostgresServer(Path data) {
    this.data = data;
    this.port = freePort();
  }

  /** A new one, in a directory that does not exist yet. */
  public static PostgresServer start(Path data) {
    run("initdb", "-D", data.toString(), "-A", "trust", "-U", USER, "-E", "UTF8", "--no-sync");
    var server = new PostgresServer(data);
    server.restart();
    return server;
  }

  /** One for all tests that need no more than a database of their own; stopped at the very end. */
  public static synchronized PostgresServer shared() {
    PostgresServer running = shared;
    if (running == null) {
      try {
        Path directory = Files.createTempDirectory("consentry-postgres");
        running = start(directory.resolve("data"));
        shared = running;
        PostgresServer started = running;
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() -> {
                  started.close();
                  deleteAll(directory);
                }));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return running;
  }

  public int port() {
    return port;
  }

  /** The URL of an empty database that nobody has had before. */
  public String newDatabase() {
    String name = "test_" + DATABASES.incrementAndGet();
    execute(url(USER), "CREATE DATABASE " + name);
    return url(name);
  }

  /** The same database, reached through another port. */
  public static String through(int port, String url) {
    return url.replaceFirst(":[0-9]+/", ":" + port + "/");
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s".formatted(port, database, USER);
  }

  /** Executes a statement on a connection of its own. */
  public static void execute(String url, String sql) {
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** The one value that a query finds. */
  public static String query(String url, String sql) {
    try (var connection = DriverManager.getConnection(url);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      assertTrue(rows.next(), sql);
      return rows.getString(1);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** Starts it again where it was, and returns when it answers. */
  public void restart() {
    try {
      process =
          new ProcessBuilder(
                  command(
                      "postgres",
                      "-D",
                      data.toString(),
                      "-p",
                      Integer.toString(port),
                      "-c",
                      "listen_addresses=127.0.0.1",
                      "-c",
                      "unix_socket_directories=",
                      "-c",
                      "fsync=on",
                      "-c",
                      "synchronous_commit=on",
                      "-c",
                      "max_connections=200",
                      "-c",
                      "hot_standby=on"))
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(
                      data.resolveSibling(data.getFileName() + ".log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitAnswer();
  }

  private void awaitAnswer() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (var _ = DriverManager.getConnection(url(USER))) {
        return;
      } catch (SQLException e) {
        assertTrue(running().isAlive() && System.nanoTime() < deadline, e::toString);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("it was never started");
    }
    return process;
  }

  /** As a crash: nothing gets the chance to write anything down. */
  public void kill() {
    Process postmaster = running();
    List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
    all.add(postmaster.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(PostgresServer::awaitEnd);
  }

  /** Stops it in order, whoever is connected. */
  public void stop() {
    if (running().isAlive()) {
      signal("INT");
      awaitEnd(running().toHandle());
    }
  }

  /** Sends all its processes a signal: STOP and CONT make a machine that hangs for a while. */
  public void signalAll(String name) {
    Process postmaster = running();
    var command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(postmaster.pid())));
    postmaster.descendants().forEach(child -> command.add(Long.toString(child.pid())));
    runProgram(command);
  }

  private void signal(String name) {
    runProgram(List.of("kill", "-" + name, Long.toString(running().pid())));
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("process %d does not end".formatted(process.pid()), e);
    }
  }

  /** A standby that follows this one asynchronously. Restarts this one. */
  public PostgresServer standby(Path directory) {
    stop();
    copy(data, directory);
    restart();
    var standby = new PostgresServer(directory);
    try {
      Files.createFile(directory.resolve("standby.signal"));
      Files.writeString(
          directory.resolve("postgresql.auto.conf"),
          "primary_conninfo = 'host=127.0.0.1 port=%d user=%s'%n".formatted(port, USER),
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    standby.restart();
    return standby;
  }

  /** Makes a primary of a standby. */
  public void promote() {
    run("pg_ctl", "promote", "-w", "-D", data.toString());
  }

  /** The path that {@code this} writes and replays, as text that compares. */
  public String position() {
    return query(
        url(USER),
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
            + " ELSE pg_current_wal_lsn() END - '0/0'");
  }

  @Override
  public void close() {
    if (process != null && process.isAlive()) {
      kill();
    }
  }

  private static List<String> command(String program, String... arguments) {
    var command = new ArrayList<String>();
    if (USER_IS_ROOT) {
      command.addAll(List.of("unshare", "-U"));
    }
    command.add(PostgresBinaries.directory().resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static final boolean USER_IS_ROOT = "root".equals(System.getProperty("user.name"));

  private static void run(String program, String... arguments) {
    runProgram(command(program, arguments));
  }

  private static void runProgram(List<String> command) {
    try {
      Process ran = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(ran.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, ran.waitFor(), () -> command + ": " + said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) {
    try (var paths = Files.walk(from)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Files.copy(
            path, to.resolve(from.relativize(path).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void deleteAll(Path directory) {
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
