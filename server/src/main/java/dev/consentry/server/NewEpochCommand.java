package dev.consentry.server;

import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code consentry-server new-epoch}: says that what follows is another history. */
@Command(
    name = "new-epoch",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    description = {
      "To be run after the database of a store with a URL was restored from a backup: revisions from"
          + " before then mean nothing any longer, and every server forgets what it knows.",
    })
final class NewEpochCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Unmatched private List<String> unknown = new ArrayList<>();

  @Override
  public Integer call() {
    PostgresAddress address = MigrateCommand.address(spec, unknown);
    var change = ConsentStore.newEpoch(address);
    spec.commandLine()
        .getOut()
        .println(
            "%s: epoch %s is over, %s has begun"
                .formatted(address, change.before().value(), change.after().value()));
    return ExitCode.OK;
  }
}
