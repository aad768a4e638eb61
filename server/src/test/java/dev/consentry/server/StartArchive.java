package dev.consentry.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * The classes of a server that has started, as Java shares them between processes (JEP 350): those
 * that tests start are there in half the time. Where it does not fit, Java does without.
 */
final class StartArchive {
  private static final Path FILE = Path.of("target", "start.jsa").toAbsolutePath();
  private static final Path LOCK = Path.of("target", "start.jsa.lock").toAbsolutePath();
  private static final Path JAR =
      Path.of("target", "consentry-server", "lib", "consentry-server.jar");

  private StartArchive() {}

  /** Options of Java, behind these; makes the archive if nobody has. */
  static synchronized String options(String common) throws IOException {
    try (var channel = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var _ = channel.lock()) {
      if (!Files.exists(FILE)
          || Files.getLastModifiedTime(FILE).compareTo(Files.getLastModifiedTime(JAR)) < 0) {
        make(common);
      }
    }
    // Where it does not fit, nobody needs to hear of it.
    return "%s -XX:SharedArchiveFile=%s -Xlog:cds*=off -Xlog:aot*=off".formatted(common, FILE);
  }

  private static void make(String common) throws IOException {
    Path made = FILE.resolveSibling("start.jsa.new");
    Path data = FILE.resolveSibling("start-archive");
    var training =
        ServerProcess.run(
            Map.of(
                "CONSENTRY_JAVA_OPTS",
                "%s -XX:ArchiveClassesAtExit=%s -Xlog:cds*=off -Xlog:aot*=off"
                    .formatted(common, made)),
            ServerProcess.command(
                ServerProcess.LAUNCHER,
                ServerProcess.serving(data, "--store", "memory", "--demo")));
    try (training) {
      training.address();
      training.signal("TERM");
      training.process.waitFor();
      // What went wrong is told by the tests that start servers; these only start more slowly.
    } catch (Exception e) {
      throw new IOException("a server could not be started and stopped", e);
    }
    Files.move(made, FILE, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
