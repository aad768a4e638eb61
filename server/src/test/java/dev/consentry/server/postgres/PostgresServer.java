package dev.consentry.server.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL on loopback, which loses nothing: its {@code fsync} and {@code
 * synchronous_commit} are on. It runs as root as well, in a user namespace where it is nobody. Its
 * databases order text as people do in English, and not by bytes, as most databases out there.
 */
public final class PostgresServer implements AutoCloseable {
  private static final String USER = "postgres";
  private static final boolean USER_IS_ROOT = "root".equals(System.getProperty("user.name"));

  /** The first port of those that Linux hands out to clients. */
  private static final int CLIENT_PORTS_MIN = 32_768;

  private static final List<String> SETTINGS =
      List.of(
          "listen_addresses=127.0.0.1",
          "unix_socket_directories=",
          "fsync=on",
          "synchronous_commit=on",
          "full_page_writes=on",
          "max_connections=200",
          "hot_standby=on",
          // A standby that was away for long finds what it missed.
          "wal_keep_size=256MB",
          // What a killed server leaves behind lies in its directory, not in the system's memory.
          "dynamic_shared_memory_type=mmap");

  private static final AtomicInteger DATABASES = new AtomicInteger();

  private static @Nullable PostgresServer shared;

  private final Path data;
  private final int port;
  private @Nullable Postmaster postmaster;

  private PostgresServer(Path data) {
    this.data = data;
    this.port = freePort();
  }

  /** A new one, in a directory that does not exist yet. */
  public static PostgresServer start(Path data) {
    run(
        "initdb",
        "--pgdata=" + data,
        "--auth=trust",
        "--username=" + USER,
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--no-sync");
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

  /** Starts it where it was, and returns when it answers. */
  public void restart() {
    var command =
        new ArrayList<>(command("postgres", "-D", data.toString(), "-p", Integer.toString(port)));
    SETTINGS.forEach(setting -> command.addAll(List.of("-c", setting)));
    postmaster = Postmaster.start(command, data.resolveSibling(data.getFileName() + ".log"));
    running().await("an answer at port " + port, this::answers);
  }

  private boolean answers() {
    try (var _ = DriverManager.getConnection(url(USER))) {
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private Postmaster running() {
    if (postmaster == null) {
      throw new IllegalStateException("it was never started");
    }
    return postmaster;
  }

  /** As a crash: nothing gets the chance to write anything down. */
  public void kill() {
    running().kill();
  }

  /** Stops it in order, whoever is connected. */
  public void stop() {
    running().end("INT");
  }

  /** As a machine that hangs: connections stay, and nobody answers until it goes on. */
  public void freeze() {
    running().freeze();
  }

  /** Goes on where it was frozen. */
  public void goOn() {
    running().goOn();
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

  /**
   * Returns when this standby has what the primary has committed. Afterwards {@link #stop} holds
   * back from it what the primary commits.
   */
  public void catchUp(PostgresServer primary) {
    String written = query(primary.url(USER), "SELECT pg_current_wal_flush_lsn()");
    running()
        .await(
            "replay up to " + written,
            () ->
                query(url(USER), "SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(written))
                    .equals("t"));
  }

  /** Ends it without order but in peace: what the system shared between its processes is freed. */
  @Override
  public void close() {
    if (postmaster != null && postmaster.isAlive()) {
      postmaster.goOn();
      postmaster.end("QUIT");
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

  /** None that a client can be given: one that reconnects in vain would take it from the server. */
  private static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(CLIENT_PORTS_MIN / 2, CLIENT_PORTS_MIN);
      try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (BindException e) {
        // Somebody has it.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
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
