package dev.consentry.cli;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;

/** Starts the {@code consentry} command. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    // gRPC logs what it also throws: once is enough, and standard error is for people.
    LogManager.getLogManager().reset();
    int code;
    try {
      code = run(Terminal.ofProcess(), System.getenv(), Clock.systemUTC(), args);
    } catch (Error e) {
      // Java's own exit code for this is 1, which here is DENY.
      System.err.println("consentry: unexpected: " + e);
      code = ExitCode.FAILED;
    }
    System.exit(code);
  }

  /** Runs one command and returns its exit code. */
  static int run(Terminal terminal, Map<String, String> environment, Clock clock, String... args) {
    EnvironmentDefaults defaults = new EnvironmentDefaults(environment);
    List<String> unknown = defaults.unknown();
    if (!unknown.isEmpty()) {
      terminal
          .err()
          .println("consentry: unknown in the environment: " + String.join(", ", unknown));
      return ExitCode.FAILED;
    }
    int code = Consentry.commandLine(terminal, defaults, clock).execute(args);
    if (!terminal.flushed()) {
      terminal.err().println("consentry: cannot write the result to standard output");
      return ExitCode.FAILED;
    }
    return code;
  }
}
