package dev.consentry.server;

import dev.consentry.server.store.ConsentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server backup FILE}: copies a store, while a server serves from it or not. */
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = "Writes a copy of the store, also while a server serves from it.")
final class BackupCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "Where to; never overwritten.")
  private Path file = Path.of("");

  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    Path data = ConfigFlags.read(spec, unknown).data();
    Path target = file.toAbsolutePath().normalize();
    if (Files.exists(target)) {
      throw new CommandFailedException(target + " is there already, and not overwritten", null);
    }
    if (target.toString().indexOf('\n') >= 0) {
      throw new CommandFailedException("the name of a backup must be one line", null);
    }
    Optional<String> reply = askServer(data, target);
    if (reply.isEmpty()) {
      backup(data, target);
    } else if (!reply.get().startsWith("ok ")) {
      throw new CommandFailedException(reply.get().replaceFirst("^error ", ""), null);
    }
    spec.commandLine().getOut().println("backed up " + data + " to " + target);
    return ExitCode.OK;
  }

  /** There is no server: the store is opened here for a while, and nobody else can meanwhile. */
  private static void backup(Path data, Path target) {
    if (!Files.isDirectory(data)) {
      throw new CommandFailedException("there is no store in " + data, null);
    }
    try (var store = ConsentStore.openDirectory(data)) {
      store.backup(target);
    }
  }

  private static Optional<String> askServer(Path data, Path target) {
    try {
      return ControlClient.ask(data, "backup " + target);
    } catch (IOException e) {
      throw new CommandFailedException(
          "the server on %s did not answer: %s".formatted(data, e.getMessage()), e);
    }
  }
}
