package dev.consentry.server.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The process that a PostgreSQL consists of, and those it has forked. */
final class Postmaster {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int LOG_LINES_TOLD_MAX = 20;

  private final Process process;
  private final Path log;
  private boolean frozen;

  private Postmaster(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * @param log takes what it says, after what it holds already
   */
  static Postmaster start(List<String> command, Path log) {
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new Postmaster(process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Returns once {@code ready} holds; fails if the process ends before, or is not ready in time.
   */
  void await(String what, BooleanSupplier ready) {
    until(
        what,
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("ended, instead of: " + what + "\n" + lastLines());
          }
          return ready.getAsBoolean();
        });
  }

  /** Ends all of its processes at once, as a crash of the machine does. */
  void kill() {
    if (process.isAlive()) {
      List<Long> all = standStill();
      send("KILL", all);
      all.forEach(pid -> until("the end of process " + pid, () -> hasEnded(pid)));
      until("its end", () -> !process.isAlive());
    }
  }

  /** Stops all of its processes, until they {@link #goOn}. */
  void freeze() {
    if (process.isAlive()) {
      send("STOP", standStill());
      frozen = true;
    }
  }

  void goOn() {
    if (frozen && process.isAlive()) {
      send("CONT", family());
      frozen = false;
    }
  }

  /** Sends this process a signal that ends it and its children, and waits for that. */
  void end(String signal) {
    if (process.isAlive()) {
      send(signal, List.of(process.pid()));
      until("its end after SIG" + signal, () -> !process.isAlive());
    }
  }

  /**
   * All of its processes. It itself is stopped, so that it can neither fork another nor see one
   * end.
   */
  private List<Long> standStill() {
    send("STOP", List.of(process.pid()));
    until("a standstill", () -> state(process.pid()) == 'T' || hasEnded(process.pid()));
    return family();
  }

  /** Itself first. */
  private List<Long> family() {
    var all = new ArrayList<>(List.of(process.pid()));
    process.descendants().forEach(child -> all.add(child.pid()));
    return all;
  }

  /** One that has ended meanwhile needs no signal. */
  private static void send(String signal, List<Long> pids) {
    var command = new ArrayList<>(List.of("kill", "-" + signal));
    pids.forEach(pid -> command.add(Long.toString(pid)));
    try {
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A zombie holds nothing any more, and where nobody reaps orphans it stays one for ever. */
  private static boolean hasEnded(long pid) {
    char state = state(pid);
    return state == 'Z' || state == 'X';
  }

  /** The letter that proc(5) has for the state of a process; X if there is none. */
  private static char state(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return 'X';
    }
  }

  private void until(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > PATIENCE.toNanos()) {
        throw new AssertionError("still not so: " + what + "\n" + lastLines());
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  private String lastLines() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_TOLD_MAX), lines.size()));
    } catch (IOException e) {
      return "%s cannot be read: %s".formatted(log, e);
    }
  }
}
