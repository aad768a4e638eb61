package dev.consentry.cli;

import com.google.protobuf.Timestamp;
import dev.consentry.client.ConsentryClient;
import dev.consentry.v1.App;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.PreviewGrantResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows what a grant would be, asks, and grants exactly that. */
@Command(name = "grant", description = "Lets an app in, after showing what it asks for.")
final class GrantCommand implements Callable<Integer> {
  private final Consentry consentry;

  @Mixin private PairOptions pair = new PairOptions();

  @Option(
      names = "--optional-scope",
      paramLabel = "S",
      description = "An optional scope to grant; give it again for more. Required ones always are.")
  private List<String> optionalScopes = new ArrayList<>();

  @Option(names = "--replace", description = "Swap an active grant for this one.")
  private boolean replace;

  @Option(
      names = "--expires",
      paramLabel = "DATE",
      converter = DateConverter.class,
      description = "When it ends: YYYY-MM-DD (00:00 UTC that day) or RFC 3339 (default: never).")
  private @Nullable Timestamp expires;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the history.")
  private String reason = "";

  @Mixin private Confirmation confirmation = new Confirmation();

  GrantCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      PreviewGrantResponse shown =
          client.grants().preview(pair.account(), pair.app(), optionalScopes);
      show(shown);
      refuseInVain(shown);
      confirmation.require(
          consentry.terminal(),
          () -> "Grant " + pair.app() + " these scopes for " + pair.account() + "?");
      GrantResponse reply = client.grants().grant(request(shown));
      consentry.print(reply, () -> GrantText.details(reply.getGrant(), consentry.times()));
      return ExitCode.DONE;
    }
  }

  private void show(PreviewGrantResponse shown) {
    consentry.terminal().err().print(PreviewText.of(pair.account(), shown, consentry.times()));
    if (expires != null) {
      consentry
          .terminal()
          .err()
          .print(Table.plain().row("expires", consentry.times().show(expires)));
    }
  }

  /** Nobody is asked to agree to what the server is going to refuse. */
  private void refuseInVain(PreviewGrantResponse shown) {
    if (shown.getApp().getState() == App.State.STATE_SUSPENDED) {
      throw new CommandFailure("nothing changed: the app is suspended");
    }
    if (!replace && shown.getCurrentGrant().getState() == Grant.State.STATE_ACTIVE) {
      throw new CommandFailure(
          "nothing changed: it is granted already; to change what is granted, add --replace");
    }
  }

  /** What was shown, and nothing that came later. */
  private GrantRequest request(PreviewGrantResponse shown) {
    GrantRequest.Builder request =
        GrantRequest.newBuilder()
            .setAccountId(pair.account())
            .setAppId(pair.app())
            .addAllOptionalScopes(optionalScopes)
            .setManifestVersion(shown.getApp().getManifestVersion())
            .setReplace(replace)
            .setReason(reason);
    if (replace) {
      request.setExpectedRevision(shown.getCurrentGrant().getRevision());
    }
    if (expires != null) {
      request.setExpireTime(expires);
    }
    return request.build();
  }
}
