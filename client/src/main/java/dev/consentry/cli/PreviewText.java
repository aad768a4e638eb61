package dev.consentry.cli;

import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.Grant;
import dev.consentry.v1.PreviewGrantResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What an administrator is shown before agreeing. */
final class PreviewText {
  private PreviewText() {}

  static String of(String accountId, PreviewGrantResponse preview, Times times) {
    App app = preview.getApp();
    Table head =
        Table.plain()
            .row("account", accountId)
            .row("app", app.getAppId() + " (version " + app.getManifestVersion() + ")")
            .row("name", app.getDisplayName())
            .given("publisher", app.getPublisher())
            .given("homepage", app.getHomepageUri());
    if (app.getState() == App.State.STATE_SUSPENDED) {
      head.row("note", "the app is suspended");
    }
    if (preview.hasCurrentGrant()) {
      Grant current = preview.getCurrentGrant();
      head.row(
          "so far",
          Names.without("STATE_", current.getState())
              + ", granted "
              + times.show(current.getGrantTime()));
    }
    Set<String> granted = new HashSet<>(preview.getScopesList());
    Table scopes = Table.plain();
    for (AppScope scope : app.getRequiredScopesList()) {
      scopes.row("  [x] " + scope.getName(), "required", scope.getDescription());
    }
    for (AppScope scope : app.getOptionalScopesList()) {
      String box = granted.contains(scope.getName()) ? "  [x] " : "  [ ] ";
      scopes.row(box + scope.getName(), "optional", scope.getDescription());
    }
    return head + "scopes\n" + scopes + changes(preview);
  }

  /** What a replace would add and take away. */
  private static String changes(PreviewGrantResponse preview) {
    if (preview.getCurrentGrant().getState() != Grant.State.STATE_ACTIVE) {
      return "";
    }
    return Table.plain()
        .row("added", scopes(preview.getAddedScopesList()))
        .row("removed", scopes(preview.getRemovedScopesList()))
        .toString();
  }

  private static String scopes(List<String> scopes) {
    return scopes.isEmpty() ? "none" : String.join(" ", scopes);
  }
}
