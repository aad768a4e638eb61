import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Makes the release archive for the platform that it runs on: the server with a runtime of its own,
 * and an AOT cache (JEP 483, 514, 515) of what a real run of that very directory loaded, linked and
 * found hot.
 *
 * <p>{@code mvn -Prelease} runs it as a source file, on the JDK of the toolchain. Arguments: the
 * directory {@code target/consentry-server}, the version, the directory to work in.
 */
final class ReleaseArchive {
  /**
   * What the server's jars need, by {@code jdeps} and by running it. Left out although H2, jOOQ or
   * logback name them: java.desktop (H2's console), java.compiler and java.scripting (functions
   * written in SQL), java.instrument.
   */
  private static final List<String> MODULES =
      List.of(
          "java.logging", // grpc-java
          "java.management", // HikariCP, H2, and what reads the JVM's own figures
          "java.naming", // grpc-java's resolvers, H2
          "java.sql", // JDBC
          "java.xml", // logback's configuration, jOOQ
          "jdk.jfr", // netty's events, and flight recordings of a server in production
          "jdk.management", // heap dumps and flags over JMX
          "jdk.net", // H2's socket options
          "jdk.unsupported", // sun.misc.Signal; Unsafe in netty and protobuf
          "jdk.zipfs"); // Flyway, where it looks into jars

  private static final int TRAINING_ROUNDS = 400;
  private static final int CHECKS_PER_ROUND = 50;
  private static final int CALL_SECONDS_MAX = 30;

  /** Long: at its end the training run writes the cache. */
  private static final int STOP_SECONDS_MAX = 180;

  private final Path home;

  private ReleaseArchive(Path home) {
    this.home = home;
  }

  public static void main(String[] arguments) throws Exception {
    Path launcher = Path.of(arguments[0]).toAbsolutePath();
    String version = arguments[1];
    Path work = Path.of(arguments[2]).toAbsolutePath();
    run("rm", "-rf", work.toString());
    Files.createDirectories(work);
    String name = "consentry-server-" + version;
    Path home = work.resolve(name);
    run("cp", "-a", launcher.toString(), home.toString());
    var archive = new ReleaseArchive(home);
    archive.makeRuntime();
    archive.train(work.resolve("training"));
    Path file = launcher.resolveSibling(name + "-" + platform() + ".tar.gz");
    run("tar", "-C", work.toString(), "-czf", file.toString(), name);
    System.out.printf("%s: %d MiB%n", file, Files.size(file) >> 20);
  }

  private static String platform() {
    return (System.getProperty("os.name") + "-" + System.getProperty("os.arch"))
        .toLowerCase(Locale.ROOT)
        .replace("mac os x", "macos")
        .replace("amd64", "x86_64");
  }

  private void makeRuntime() throws Exception {
    run(
        Path.of(System.getProperty("java.home"), "bin", "jlink").toString(),
        "--add-modules",
        String.join(",", MODULES),
        "--strip-debug",
        "--no-header-files",
        "--no-man-pages",
        "--output",
        home.resolve("runtime").toString());
  }

  /** Serves twice: to make a store, and then as most starts are, with one that is there. */
  private void train(Path data) throws Exception {
    try (var first = new Server(data, "")) {
      first.stop();
    }
    try (var training =
        new Server(data, "-XX:AOTCacheOutput=" + home.resolve("lib/consentry-server.aot"))) {
      training.load();
      training.stop();
    }
    if (!Files.exists(home.resolve("lib/consentry-server.aot"))) {
      throw new IllegalStateException("the training run wrote no AOT cache");
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IllegalStateException("failed: " + Arrays.toString(command));
    }
  }

  /** A run of the server, as its users start it. */
  private final class Server implements AutoCloseable {
    private static final String SERVES_ON = "Consentry serves on ";

    private final Process process;
    private final File log;
    private final ManagedChannel channel;

    Server(Path data, String javaOptions) throws IOException {
      log = data.resolveSibling("training.log").toFile();
      var builder =
          new ProcessBuilder(
              home.resolve("bin/consentry-server").toString(),
              "serve",
              "--demo",
              "--listen",
              "127.0.0.1:0",
              "--http",
              "127.0.0.1:0",
              "--data",
              data.toString(),
              "--warm-up",
              "5s");
      builder.environment().keySet().removeIf(name -> name.startsWith("CONSENTRY_"));
      builder.environment().put("CONSENTRY_JAVA_OPTS", javaOptions);
      process = builder.redirectError(ProcessBuilder.Redirect.appendTo(log)).start();
      // Java may have a warning about the training to say first.
      String line = process.inputReader().readLine();
      while (line != null && !line.startsWith(SERVES_ON)) {
        System.out.println(line);
        line = process.inputReader().readLine();
      }
      if (line == null) {
        throw new IllegalStateException("the server does not start; see " + log);
      }
      channel =
          Grpc.newChannelBuilder(
                  line.substring(SERVES_ON.length()), InsecureChannelCredentials.create())
              .build();
    }

    /** What servers are asked all day, in each of the three ways. */
    void load() throws Exception {
      var check =
          CheckRequest.newBuilder()
              .setAccountId("globex")
              .setAppId("ledger-sync")
              .addScopes("invoices.read")
              .addScopes("contacts.read")
              .build();
      CheckRequest denied = check.toBuilder().addScopes("payments.read").build();
      for (int round = 0; round < TRAINING_ROUNDS; round++) {
        var answers = new ArrayList<Future<CheckResponse>>();
        for (int i = 0; i < CHECKS_PER_ROUND; i++) {
          CheckRequest unknown = check.toBuilder().setAccountId(round + "-" + i).build();
          CheckRequest asked = i % 5 == 0 ? denied : i % 25 == 1 ? unknown : check;
          answers.add(DecisionServiceGrpc.newFutureStub(channel).check(asked));
        }
        for (var answer : answers) {
          answer.get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
        }
        batch(check);
        stream(check);
      }
    }

    private void batch(CheckRequest check) throws Exception {
      var item =
          BatchCheckItem.newBuilder()
              .setAccountId(check.getAccountId())
              .setAppId(check.getAppId())
              .addAllScopes(check.getScopesList());
      var batch = BatchCheckRequest.newBuilder();
      for (int i = 0; i < CHECKS_PER_ROUND; i++) {
        batch.addItems(item);
      }
      DecisionServiceGrpc.newFutureStub(channel)
          .batchCheck(batch.build())
          .get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    private void stream(CheckRequest check) throws Exception {
      var ended = new CompletableFuture<Void>();
      var questions =
          DecisionServiceGrpc.newStub(channel)
              .streamCheck(
                  new StreamObserver<StreamCheckResponse>() {
                    @Override
                    public void onNext(StreamCheckResponse response) {}

                    @Override
                    public void onError(Throwable failure) {
                      ended.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {
                      ended.complete(null);
                    }
                  });
      for (int i = 0; i < CHECKS_PER_ROUND; i++) {
        questions.onNext(
            StreamCheckRequest.newBuilder()
                .setCorrelationId(Integer.toString(i))
                .setCheck(check)
                .build());
      }
      questions.onCompleted();
      ended.get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    /** Ends it in order. */
    void stop() throws InterruptedException {
      channel.shutdownNow().awaitTermination(CALL_SECONDS_MAX, TimeUnit.SECONDS);
      process.destroy();
      if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException("the server does not stop in order; see " + log);
      }
    }

    @Override
    public void close() {
      channel.shutdownNow();
      process.destroyForcibly();
    }
  }
}
