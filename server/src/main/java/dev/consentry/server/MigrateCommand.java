package dev.consentry.server;

import dev.consentry.server.config.StoreChoice;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server migrate}: brings a schema up to date, for servers that must not. */
@Command(
    name = "migrate",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = "Brings the schema of a store with a URL up to date.")
final class MigrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    PostgresAddress address = address(spec, unknown);
    int done = ConsentStore.migrate(address);
    spec.commandLine()
        .getOut()
        .println(
            "%s: the schema %s"
                .formatted(
                    address,
                    done == 0
                        ? "is up to date"
                        : "was brought up to date in %d step%s"
                            .formatted(done, done == 1 ? "" : "s")));
    return ExitCode.OK;
  }

  /** The store that a command was given, which has to have a URL. */
  static PostgresAddress address(CommandSpec spec, List<String> unknown) {
    if (ConfigFlags.read(spec, unknown).store() instanceof StoreChoice.Postgres at) {
      return new PostgresAddress(at.url(), at.password());
    }
    throw new CommandFailedException(
        "this is for stores with a URL: --store jdbc:postgresql://HOST:PORT/DATABASE", null);
  }
}
