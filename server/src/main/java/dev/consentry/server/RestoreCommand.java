package dev.consentry.server;

import dev.consentry.server.store.ConsentStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server restore FILE}: makes a store out of a backup. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = "Makes a store out of a backup, in a directory that has none yet.")
final class RestoreCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "What `backup` wrote.")
  private Path file = Path.of("");

  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    Path data = ConfigFlags.read(spec, unknown).data();
    Path source = file.toAbsolutePath().normalize();
    if (!Files.isRegularFile(source)) {
      throw new CommandFailedException(source + " is no file", null);
    }
    ConsentStore.restore(source, data);
    spec.commandLine().getOut().println("restored " + source + " to " + data);
    return ExitCode.OK;
  }
}
