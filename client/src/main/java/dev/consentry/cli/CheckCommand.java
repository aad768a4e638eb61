package dev.consentry.cli;

import dev.consentry.client.CheckResult;
import dev.consentry.client.ConsentryClient;
import dev.consentry.client.Freshness;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DenyReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks one question; the exit code is the answer. */
@Command(
    name = "check",
    description =
        "Says whether an app holds scopes for an account: exit 0 ALLOW, 1 DENY, 2 neither.")
final class CheckCommand implements Callable<Integer> {
  private static final Map<DenyReason, String> WHY =
      Map.of(
          DenyReason.DENY_REASON_APP_SUSPENDED, "the app is suspended",
          DenyReason.DENY_REASON_NO_GRANT, "never granted, or no such app or account",
          DenyReason.DENY_REASON_GRANT_REVOKED, "the grant was revoked",
          DenyReason.DENY_REASON_GRANT_EXPIRED, "the grant has expired",
          DenyReason.DENY_REASON_SCOPE_NOT_GRANTED, "granted, but not all of these scopes");

  private final Consentry consentry;

  @Mixin private PairOptions pair = new PairOptions();

  @Option(
      names = "--scope",
      required = true,
      paramLabel = "S",
      description = "A scope; give it again for more. All must be granted.")
  private List<String> scopes = new ArrayList<>();

  @ArgGroup private FreshnessOptions freshness = new FreshnessOptions();

  CheckCommand(Consentry consentry) {
    this.consentry = consentry;
  }

  /** At most one of the two. */
  static final class FreshnessOptions {
    @Option(
        names = "--at-least",
        paramLabel = "TOKEN",
        description = "The answer must not be older than this revision.")
    private @Nullable String atLeast;

    @Option(names = "--fully-consistent", description = "Read the store for it.")
    private boolean fullyConsistent;

    Consistency consistency() {
      if (atLeast != null) {
        return Freshness.atLeast(atLeast);
      }
      return fullyConsistent ? Freshness.fullyConsistent() : Freshness.minimizeLatency();
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    try (ConsentryClient client = consentry.connect()) {
      CheckResult result =
          client.check(pair.account(), pair.app(), scopes, freshness.consistency());
      consentry.print(result.message(), () -> text(result));
      if (result.allowed()) {
        return ExitCode.DONE;
      }
      if (result.message().getDecision() == Decision.DECISION_DENY) {
        return ExitCode.DENIED;
      }
      throw new CommandFailure(
          "the server gave no decision that this version knows: treat it as DENY");
    }
  }

  private String text(CheckResult result) {
    StringBuilder out = new StringBuilder(result.allowed() ? "ALLOW" : "DENY");
    if (!result.allowed()) {
      DenyReason reason = result.denyReason();
      out.append(' ')
          .append(Names.without("DENY_REASON_", reason))
          .append(": ")
          .append(WHY.getOrDefault(reason, "a reason that this version does not know"));
    }
    Table details = Table.plain().each("missing", result.missingScopes());
    if (result.message().hasGrantExpireTime()) {
      details.row("expires", consentry.times().show(result.message().getGrantExpireTime()));
    }
    return out.append('\n').append(details.given("revision", result.revision())).toString();
  }
}
