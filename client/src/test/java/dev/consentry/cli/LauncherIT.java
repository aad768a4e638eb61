package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.cli.bench.CheckAnswers;
import dev.consentry.client.FakeServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command, as a shell starts it. */
final class LauncherIT {
  private static final Path PACKAGED = Path.of("target", "consentry");
  private static final long SECONDS_MAX = 60;

  private final FakeServer server = World.serve(FakeServer.start());

  @TempDir Path directory = Path.of("");

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void launcher_javaOnThePath_printsTheResultAndNothingElse() throws Exception {
    CommandRun run = run(PACKAGED.resolve("bin/consentry"), Map.of(), "status");

    assertEquals("", run.err());
    assertEquals(0, run.code());
    assertTrue(run.out().contains("status    SERVING\n"), run.out());
  }

  @Test
  void launcher_javaHomeOfTheTests_printsTheResultAndNothingElse() throws Exception {
    CommandRun run =
        run(
            PACKAGED.resolve("bin/consentry"),
            Map.of("JAVA_HOME", System.getProperty("java.home", "")),
            "grants",
            "--output",
            "json");

    assertEquals("", run.err());
    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("{\n  \"grants\": [{"), run.out());
  }

  @Test
  void launcher_tooOldJavaHome_isPassedOver() throws Exception {
    Path old = directory.resolve("java 11");
    Files.createDirectories(old.resolve("bin"));
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\nexit 99\n");
    assertTrue(java.toFile().setExecutable(true));

    CommandRun run =
        run(PACKAGED.resolve("bin/consentry"), Map.of("JAVA_HOME", old.toString()), "--version");

    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().startsWith("consentry "), run.out());
  }

  @Test
  void launcher_linkIntoAPathWithSpaces_findsItself() throws Exception {
    Path home = directory.resolve("some where/consentry");
    copy(PACKAGED, home);
    Path link = Files.createDirectories(directory.resolve("my bin")).resolve("consentry");
    Files.createSymbolicLink(link, Path.of("../some where/consentry/bin/consentry"));

    CommandRun run = run(link, Map.of(), "apps", "suspend", "ledger-sync", "--reason", "löchrig");

    // No terminal here, so it must not have asked.
    assertEquals(2, run.code());
    assertTrue(run.err().startsWith("consentry: nothing changed: there is no terminal"), run.err());
    CommandRun agreed =
        run(link, Map.of(), "apps", "suspend", "ledger-sync", "--reason", "löchrig", "--yes");
    assertEquals(0, agreed.code(), agreed.err());
    assertTrue(agreed.out().contains("SUSPENDED: löchrig\n"), agreed.out());
  }

  @Test
  void launcher_bench_loadsOverTheSystemsOwnSockets() throws Exception {
    CheckAnswers.on(server);

    CommandRun run =
        run(
            PACKAGED.resolve("bin/consentry"),
            Map.of("JAVA_HOME", System.getProperty("java.home", "")),
            "bench",
            "--duration",
            "300ms",
            "--warm-up",
            "0s");

    assertEquals("", run.err());
    assertEquals(0, run.code());
    assertTrue(run.out().contains("\nachieved "), run.out());
  }

  private CommandRun run(Path command, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(command.toString(), "--server", server.address()));
    line.addAll(Arrays.asList(args));
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    // What Maven runs with is not what a shell has.
    List.of("JAVA_HOME", "JAVA_TOOL_OPTIONS", "LC_ALL", "LC_CTYPE", "LANG")
        .forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), "still running");
    return new CommandRun(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }
}
