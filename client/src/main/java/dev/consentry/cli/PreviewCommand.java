package dev.consentry.cli;

import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.PreviewGrantResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what a grant would be. */
@Command(name = "preview", description = "Shows what a grant would be; changes nothing.")
final class PreviewCommand implements Callable<Integer> {
  private final Consentry consentry;

  @Mixin private PairOptions pair = new PairOptions();

  @Option(
      names = "--optional-scope",
      paramLabel = "S",
      description = "An optional scope to grant; give it again for more.")
  private List<String> optionalScopes = new ArrayList<>();

  PreviewCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      PreviewGrantResponse reply =
          client.grants().preview(pair.account(), pair.app(), optionalScopes);
      consentry.print(reply, () -> PreviewText.of(pair.account(), reply, consentry.times()));
      return ExitCode.DONE;
    }
  }
}
