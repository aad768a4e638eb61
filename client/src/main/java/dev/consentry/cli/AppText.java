package dev.consentry.cli;

import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import java.util.List;

/** Apps for people to read. */
final class AppText {
  private AppText() {}

  static String table(List<App> apps, Times times) {
    Table table =
        Table.of("APP", "NAME", "PUBLISHER", "STATE", "VERSION", "REQUIRED", "OPTIONAL", "UPDATED");
    for (App app : apps) {
      table.row(
          app.getAppId(),
          app.getDisplayName(),
          app.getPublisher(),
          Names.without("STATE_", app.getState()),
          Integer.toString(app.getManifestVersion()),
          Integer.toString(app.getRequiredScopesCount()),
          Integer.toString(app.getOptionalScopesCount()),
          times.show(app.getUpdateTime()));
    }
    return table.toString();
  }

  static String details(App app, Times times) {
    return Table.plain()
            .row("app", app.getAppId())
            .row("name", app.getDisplayName())
            .given("publisher", app.getPublisher())
            .given("homepage", app.getHomepageUri())
            .given("logo", app.getLogoUri())
            .given("support", app.getSupportUri())
            .row("state", state(app))
            .row("version", Integer.toString(app.getManifestVersion()))
            .row("created", times.show(app.getCreateTime()))
            .row("updated", times.show(app.getUpdateTime()))
            .row("revision", app.getRevision())
        + scopes(app);
  }

  private static String state(App app) {
    String state = Names.without("STATE_", app.getState());
    return app.getStateReason().isEmpty() ? state : state + ": " + app.getStateReason();
  }

  private static String scopes(App app) {
    Table table = Table.plain();
    for (AppScope scope : app.getRequiredScopesList()) {
      table.row("  " + scope.getName(), "required", scope.getDescription());
    }
    for (AppScope scope : app.getOptionalScopesList()) {
      table.row("  " + scope.getName(), "optional", scope.getDescription());
    }
    return "scopes\n" + table;
  }
}
