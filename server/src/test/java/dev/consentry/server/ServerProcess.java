package dev.consentry.server;

import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.AppServiceGrpc.AppServiceBlockingStub;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc.DecisionServiceBlockingStub;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.GrantServiceGrpc.GrantServiceBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A real process of the packaged server, with what it prints. */
final class ServerProcess implements AutoCloseable {
  static final Path HOME = Path.of("target", "consentry-server").toAbsolutePath();
  static final Path LAUNCHER = HOME.resolve("bin").resolve("consentry-server");

  /** Long, because others may use this machine too. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String SERVES_ON = "Consentry serves on ";

  final Process process;
  private final List<String> out = Collections.synchronizedList(new ArrayList<>());
  private final List<String> err = Collections.synchronizedList(new ArrayList<>());
  private final CompletableFuture<String> address = new CompletableFuture<>();
  private final List<Thread> readers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  private ServerProcess(ProcessBuilder builder) throws IOException {
    process = builder.start();
    readers.add(read(process.inputReader(), out));
    readers.add(read(process.errorReader(), err));
    var _ =
        process
            .onExit()
            .thenRun(
                () -> address.completeExceptionally(new IllegalStateException("it ended: " + err)));
  }

  /** Runs {@code consentry-server} with these arguments. */
  static ServerProcess launch(String... arguments) throws IOException {
    return run(quickStart(), command(LAUNCHER, arguments));
  }

  /** Serves from this directory, on any free ports. */
  static ServerProcess serve(Path data, String... more) throws IOException {
    return launch(serving(data, more));
  }

  /** Warmed by nothing: who asks so little can wait for the first answer. */
  static String[] serving(Path data, String... more) {
    var arguments =
        new ArrayList<>(
            List.of(
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--http",
                "127.0.0.1:0",
                "--warm-up",
                "0s",
                "--data",
                data.toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  static List<String> command(Path launcher, String... arguments) {
    var command = new ArrayList<String>(List.of(launcher.toString()));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /** A process that lives for seconds is not worth compiling well; more options of Java besides. */
  static Map<String, String> quickStart(String... javaOptions) {
    try {
      String quick = StartArchive.options("-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m");
      return Map.of("CONSENTRY_JAVA_OPTS", quick + " " + String.join(" ", javaOptions));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs any command.
   *
   * @param environment put into this process's own; an empty value takes a variable out of it
   */
  static ServerProcess run(Map<String, String> environment, List<String> command)
      throws IOException {
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("CONSENTRY_"));
    environment.forEach((name, value) -> {
      if (value.isEmpty()) {
        builder.environment().remove(name);
      } else {
        builder.environment().put(name, value);
      }
    });
    return new ServerProcess(builder);
  }

  private Thread read(BufferedReader from, List<String> to) {
    return Thread.ofVirtual()
        .start(() -> {
          try (from) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
              to.add(line);
              if (line.startsWith(SERVES_ON)) {
                address.complete(line.substring(SERVES_ON.length()));
              }
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Waits until it serves; where. */
  String address() throws Exception {
    return address.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Waits until it ends; with which code. */
  int exitCode() throws Exception {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("it does not end: " + err);
    }
    for (Thread reader : readers) {
      reader.join();
    }
    return process.exitValue();
  }

  /** What it printed so far. */
  List<String> out() {
    return List.copyOf(out);
  }

  /** What it logged so far. */
  List<String> err() {
    return List.copyOf(err);
  }

  GrantServiceBlockingStub grants() throws Exception {
    return GrantServiceGrpc.newBlockingStub(channel());
  }

  AppServiceBlockingStub apps() throws Exception {
    return AppServiceGrpc.newBlockingStub(channel());
  }

  DecisionServiceBlockingStub decisions() throws Exception {
    return DecisionServiceGrpc.newBlockingStub(channel());
  }

  ManagedChannel channel() throws Exception {
    ManagedChannel channel =
        Grpc.newChannelBuilder(address(), InsecureChannelCredentials.create()).build();
    channels.add(channel);
    return channel;
  }

  /** Kills it, as a loss of power would, but for what the operating system has. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    channels.forEach(ManagedChannel::shutdownNow);
    kill();
  }
}
