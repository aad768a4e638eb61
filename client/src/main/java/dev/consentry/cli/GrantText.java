package dev.consentry.cli;

import dev.consentry.v1.App;
import dev.consentry.v1.Grant;
import java.util.List;

/** Grants for people to read. */
final class GrantText {
  private GrantText() {}

  static String table(List<Grant> grants, Times times) {
    Table table = Table.of("ACCOUNT", "APP", "STATE", "GRANTED", "BY", "EXPIRES", "SCOPES");
    for (Grant grant : grants) {
      table.row(
          grant.getAccountId(),
          grant.getAppId(),
          state(grant),
          times.show(grant.getGrantTime()),
          grant.getGrantedBy().getPrincipal(),
          times.show(grant.hasExpireTime(), grant.getExpireTime(), "never"),
          String.join(" ", grant.getScopesList()));
    }
    return table.toString();
  }

  static String details(Grant grant, Times times) {
    Table table =
        Table.plain()
            .row("account", grant.getAccountId())
            .row("app", grant.getAppId())
            .given("name", grant.getAppDisplayName())
            .row("state", state(grant))
            .each("scopes", grant.getScopesList())
            .row("agreed to", "version " + grant.getManifestVersion())
            .row(
                "granted",
                who(
                    times.show(grant.getGrantTime()),
                    grant.getGrantedBy().getPrincipal(),
                    grant.getGrantReason()))
            .row("expires", times.show(grant.hasExpireTime(), grant.getExpireTime(), "never"));
    if (grant.hasRevokeTime()) {
      table.row(
          "revoked",
          who(
              times.show(grant.getRevokeTime()),
              grant.getRevokedBy().getPrincipal(),
              grant.getRevokeReason()));
    }
    if (grant.getReconsentRequired()) {
      table.row("note", "the app now requires a scope that is not granted");
    }
    return table.row("revision", grant.getRevision()).toString();
  }

  /** The state, with what else keeps the app out. */
  private static String state(Grant grant) {
    String state = Names.without("STATE_", grant.getState());
    return grant.getState() == Grant.State.STATE_ACTIVE
            && grant.getAppState() == App.State.STATE_SUSPENDED
        ? state + " (app suspended)"
        : state;
  }

  private static String who(String when, String principal, String reason) {
    return when
        + (principal.isEmpty() ? "" : " by " + principal)
        + (reason.isEmpty() ? "" : ": " + reason);
  }
}
