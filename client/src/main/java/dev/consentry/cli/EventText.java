package dev.consentry.cli;

import dev.consentry.v1.Event;
import dev.consentry.v1.Grant;
import java.util.ArrayList;
import java.util.List;

/** Events for people to read. */
final class EventText {
  private EventText() {}

  static String table(List<Event> events, Times times) {
    Table table = Table.of("TIME", "EVENT", "ACCOUNT", "APP", "BY", "CHANGE", "REASON");
    for (Event event : events) {
      table.row(
          times.show(event.getEventTime()),
          Names.without("TYPE_", event.getType()),
          event.getAccountId(),
          event.getAppId(),
          event.getActor().getPrincipal(),
          change(event),
          event.getReason());
    }
    return table.toString();
  }

  /** Scopes come and gone, or the version an app got to. */
  private static String change(Event event) {
    return switch (event.getChangeCase()) {
      case GRANT -> scopes(event.getGrant().getBefore(), event.getGrant().getAfter());
      case APP ->
          event.getApp().hasAfter()
              ? "version " + event.getApp().getAfter().getManifestVersion()
              : "";
      case CHANGE_NOT_SET -> "";
    };
  }

  private static String scopes(Grant before, Grant after) {
    List<String> held = held(before);
    List<String> holds = held(after);
    List<String> changes = new ArrayList<>();
    holds.stream().filter(s -> !held.contains(s)).forEach(s -> changes.add("+" + s));
    held.stream().filter(s -> !holds.contains(s)).forEach(s -> changes.add("-" + s));
    return String.join(" ", changes);
  }

  private static List<String> held(Grant grant) {
    return grant.getState() == Grant.State.STATE_ACTIVE ? grant.getScopesList() : List.of();
  }
}
