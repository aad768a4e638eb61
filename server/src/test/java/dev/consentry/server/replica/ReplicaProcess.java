package dev.consentry.server.replica;

import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import dev.consentry.server.table.EvictableTable.Following;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A server in a process of its own, which can be stopped as a machine can. */
final class ReplicaProcess implements AutoCloseable {
  /** It is always inside a poll, or nearly. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(10);

  private final Process process;
  private final int port;

  private ReplicaProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static ReplicaProcess start(String url, Following following) throws IOException {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-classpath",
                    System.getProperty("java.class.path"),
                    ReplicaProcess.class.getName(),
                    url,
                    following.name()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String line = process.inputReader().readLine();
    if (line == null) {
      throw new IOException("the process ended before it served");
    }
    return new ReplicaProcess(process, Integer.parseInt(line));
  }

  /** Serves until whoever started it ends it. */
  public static void main(String[] arguments) throws Exception {
    var store = ConsentStore.openPostgres(new PostgresAddress(arguments[0], null), true);
    Replica replica =
        Replica.PROTOCOL.with(Following.valueOf(arguments[1])).pollingOnly(POLL_INTERVAL);
    var server = new WholeServer(store, replica);
    System.out.println(server.listen());
    // Its input ends when the one who started it does.
    while (System.in.read() >= 0) {
      Thread.onSpinWait();
    }
    Runtime.getRuntime().halt(0);
  }

  int port() {
    return port;
  }

  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
