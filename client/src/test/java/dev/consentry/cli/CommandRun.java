package dev.consentry.cli;

import dev.consentry.client.FakeServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A command that was run, and what came of it. */
record CommandRun(int code, String out, String err) {
  /** Now, for every test. */
  static final Instant NOW = Instant.parse("2026-11-23T10:12:30Z");

  /** In a script: no terminal. */
  static CommandRun of(FakeServer server, String... args) {
    return withServer(server, "", false, args);
  }

  /** On a terminal where somebody types this. */
  static CommandRun typing(String input, FakeServer server, String... args) {
    return withServer(server, input, true, args);
  }

  /** In a script that pipes this in. */
  static CommandRun piping(String input, FakeServer server, String... args) {
    return withServer(server, input, false, args);
  }

  static CommandRun of(Map<String, String> environment, String... args) {
    return run(environment, "", false, args);
  }

  private static CommandRun withServer(
      FakeServer server, String input, boolean interactive, String... args) {
    List<String> all = new ArrayList<>(List.of("--server", server.address()));
    all.addAll(Arrays.asList(args));
    return run(Map.of(), input, interactive, all.toArray(String[]::new));
  }

  private static CommandRun run(
      Map<String, String> environment, String input, boolean interactive, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            interactive);
    int code = Main.run(terminal, environment, Clock.fixed(NOW, ZoneOffset.UTC), args);
    return new CommandRun(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
