package dev.consentry.server;

import ch.qos.logback.classic.Level;
import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.config.LogLevel;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.security.JwtKeysException;
import dev.consentry.server.store.StoreException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server serve}: serves until it is told to stop, or has to. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = "Serves until it is told to stop.")
final class ServeCommand implements Callable<Integer> {
  /** Whatever hangs: the process has ended this long after it was told to. */
  static final Duration EXIT_WITHIN = Duration.ofSeconds(29);

  /** After the store failed, closing it may hang. */
  static final Duration FAIL_STOP_WITHIN = Duration.ofSeconds(5);

  private static final Logger logger = LoggerFactory.getLogger(ServeCommand.class);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    ServerConfig config = ConfigFlags.read(spec, unknown);
    startLogging(config.logLevel());
    var stop = new CompletableFuture<StopReason>();
    StopSignals.onFirst(() -> stop.complete(StopReason.SIGNAL));
    if (config.exitWithParent()) {
      ParentProcess.onExit(() -> stop.complete(StopReason.PARENT_ENDED));
    }
    try {
      return serve(config, stop);
    } catch (CommandFailedException | JwtKeysException | StoreException e) {
      logger.atError().log("cannot start: {}", e.getMessage());
      return ExitCode.FAILED;
    }
  }

  private int serve(ServerConfig config, CompletableFuture<StopReason> stop) {
    ConsentryServer server =
        ConsentryServer.start(
            config, Main.version(), failure -> stop.complete(StopReason.STORE_FAILED));
    String address = config.listen().withPort(server.address().getPort()).toString();
    spec.commandLine().getOut().println("Consentry serves on " + address);
    InetSocketAddress http = server.httpAddress();
    logger
        .atInfo()
        .addKeyValue("address", address)
        .addKeyValue("http", http == null ? "off" : ListenAddress.text(http))
        .log("serving");
    StopReason reason = stop.join();
    logger.atInfo().addKeyValue("reason", reason.words()).log("stopping");
    boolean failed = reason == StopReason.STORE_FAILED;
    exitInAnyCase(failed ? FAIL_STOP_WITHIN : EXIT_WITHIN, reason.exitCode());
    server.stop(failed ? Duration.ZERO : config.drain());
    logger.atInfo().log("stopped");
    return reason.exitCode();
  }

  private static void exitInAnyCase(Duration time, int exitCode) {
    Thread.ofPlatform()
        .name("exit-in-any-case")
        .daemon()
        .start(() -> {
          try {
            Thread.sleep(time);
            logger.atError().log("could not stop in order in time");
            Runtime.getRuntime().halt(exitCode == ExitCode.OK ? ExitCode.FAILED : exitCode);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static void startLogging(LogLevel level) {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    if (LoggerFactory.getLogger("dev.consentry") instanceof ch.qos.logback.classic.Logger ours) {
      ours.setLevel(Level.valueOf(level.name()));
    }
  }
}
