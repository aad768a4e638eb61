package dev.consentry.server;

import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server import-h2}: moves an embedded store to PostgreSQL. */
@Command(
    name = "import-h2",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = {
      "Moves the embedded store in a data directory to a store with a URL, whole and with its"
          + " history. No server may use the directory meanwhile; it is left as it is."
    })
final class ImportH2Command implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    PostgresAddress address = MigrateCommand.address(spec, unknown);
    Path data = ConfigFlags.read(spec, unknown).data();
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    long revision =
        ConsentStore.importEmbedded(
            data, address, (table, rows) -> err.printf("%-12s %,12d rows%n", table, rows));
    out.printf(
        "moved %s to %s up to revision %d: what is there was read back and is the same%n",
        data, address, revision);
    return ExitCode.OK;
  }
}
