package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever starts the launcher, from wherever, need not say where Java is. */
final class LauncherIT {
  private static final String JAVA_HOME = System.getProperty("java.home");

  @TempDir private Path directory;

  @Test
  void launch_javaHome_isUsed() throws Exception {
    assertStarts(ServerProcess.LAUNCHER, Map.of("JAVA_HOME", JAVA_HOME, "PATH", "/usr/bin:/bin"));
  }

  @Test
  void launch_noJavaHome_findsJavaOnThePath() throws Exception {
    assertStarts(
        ServerProcess.LAUNCHER, Map.of("JAVA_HOME", "", "PATH", JAVA_HOME + "/bin:/usr/bin:/bin"));
  }

  @Test
  void launch_javaHomeOfNothingOrTooOld_looksElsewhere() throws Exception {
    Path old = Files.createDirectories(directory.resolve("jdk-17/bin")).getParent();
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\nexit 99\n");
    assertTrue(java.toFile().setExecutable(true));
    String path = JAVA_HOME + "/bin:/usr/bin:/bin";
    for (String home : List.of(old.toString(), "/nonexistent", directory.toString())) {
      assertStarts(ServerProcess.LAUNCHER, Map.of("JAVA_HOME", home, "PATH", path));
    }
  }

  @Test
  void launch_throughLinks_findsItsJars() throws Exception {
    Path direct = Files.createSymbolicLink(directory.resolve("direct"), ServerProcess.LAUNCHER);
    Path other = Files.createDirectories(directory.resolve("other place"));
    Path relative = Files.createSymbolicLink(other.resolve("link"), Path.of("../direct"));
    assertStarts(direct, Map.of());
    assertStarts(relative, Map.of());
  }

  @Test
  void launch_homeWithSpaces_works() throws Exception {
    Path home = directory.resolve("a place with spaces & more");
    Files.createDirectories(home.resolve("bin"));
    Path launcher =
        Files.copy(
            ServerProcess.LAUNCHER,
            home.resolve("bin/consentry-server"),
            StandardCopyOption.COPY_ATTRIBUTES);
    Files.createSymbolicLink(home.resolve("lib"), ServerProcess.HOME.resolve("lib"));
    assertStarts(launcher, Map.of());
  }

  @Test
  void launch_javaOptions_win() throws Exception {
    var environment =
        Map.of("CONSENTRY_JAVA_OPTS", "-Xmx100m -XX:+UseSerialGC -XX:+PrintFlagsFinal");
    try (var process =
        ServerProcess.run(
            environment, ServerProcess.command(ServerProcess.LAUNCHER, "--version"))) {
      assertEquals(ExitCode.OK, process.exitCode());
      assertFlag(process.out(), "MaxHeapSize", Long.toString(100L << 20));
      assertFlag(process.out(), "UseSerialGC", "true");
    }
  }

  private static void assertFlag(List<String> flags, String name, String value) {
    assertTrue(
        flags.stream().anyMatch(line -> line.matches(".* " + name + " += " + value + " .*")),
        () -> name + " is not " + value);
  }

  private static void assertStarts(Path launcher, Map<String, String> environment)
      throws Exception {
    try (var process =
        ServerProcess.run(environment, ServerProcess.command(launcher, "--version"))) {
      assertEquals(ExitCode.OK, process.exitCode(), () -> process.err().toString());
      assertTrue(process.out().getFirst().startsWith("consentry-server "));
      assertEquals(List.of(), process.err());
    }
  }
}
