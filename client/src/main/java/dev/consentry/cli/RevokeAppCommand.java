package dev.consentry.cli;

import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeAppResponse;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes every grant of an app back. */
@Command(
    name = "revoke-app",
    description = "Takes every active grant of an app back, step by step. Suspend the app first.")
final class RevokeAppCommand implements Callable<Integer> {
  private final Consentry consentry;

  @Parameters(paramLabel = "APP", description = "The app.")
  private String app = "";

  @Option(names = "--dry-run", description = "Only count.")
  private boolean dryRun;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the history.")
  private String reason = "";

  @Mixin private Confirmation confirmation = new Confirmation();

  RevokeAppCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      if (!dryRun) {
        confirmation.require(
            consentry.terminal(), () -> "Revoke " + grants(count(client)) + " of " + app + "?");
      }
      client
          .grants()
          .revokeApp(request(dryRun), step -> consentry.printLine(step, () -> text(step)));
      return ExitCode.DONE;
    }
  }

  private long count(ConsentryClient client) {
    RevokeAppResponse counted = client.grants().revokeApp(request(true), step -> {});
    return counted.getRevokedCount() + counted.getRemainingCount();
  }

  private RevokeAppRequest request(boolean dry) {
    return RevokeAppRequest.newBuilder().setAppId(app).setDryRun(dry).setReason(reason).build();
  }

  private String text(RevokeAppResponse step) {
    return dryRun
        ? grants(step.getRevokedCount() + step.getRemainingCount()) + " would be revoked"
        : step.getRevokedCount() + " revoked, " + step.getRemainingCount() + " remaining";
  }

  private static String grants(long count) {
    return count == 1 ? "1 active grant" : count + " active grants";
  }
}
