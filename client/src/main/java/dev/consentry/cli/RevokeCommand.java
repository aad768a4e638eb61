package dev.consentry.cli;

import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes one grant back. */
@Command(name = "revoke", description = "Takes a grant back: from then on every check denies.")
final class RevokeCommand implements Callable<Integer> {
  private final Consentry consentry;

  @Mixin private PairOptions pair = new PairOptions();

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the history.")
  private String reason = "";

  @Option(names = "--allow-missing", description = "Succeed also if there is no active grant.")
  private boolean allowMissing;

  @Mixin private Confirmation confirmation = new Confirmation();

  RevokeCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      confirmation.require(
          consentry.terminal(),
          () -> "Revoke all access of " + pair.app() + " to " + pair.account() + "?");
      RevokeResponse reply =
          client
              .grants()
              .revoke(
                  RevokeRequest.newBuilder()
                      .setAccountId(pair.account())
                      .setAppId(pair.app())
                      .setReason(reason)
                      .setAllowMissing(allowMissing)
                      .build());
      consentry.print(reply, () -> text(reply));
      return ExitCode.DONE;
    }
  }

  private String text(RevokeResponse reply) {
    return reply.hasGrant()
        ? GrantText.details(reply.getGrant(), consentry.times())
        : "there was no grant\n";
  }
}
