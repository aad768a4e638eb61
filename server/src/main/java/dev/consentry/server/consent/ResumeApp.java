package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;

/** An operator lets a suspended app act again: its grants answer as they stand. */
public record ResumeApp(Actor actor, AppId id, String reason) implements Command<App> {

  @Override
  public Ruling<App> decide(Rows rows, Moment moment) {
    App current = rows.app(id);
    if (current == null || current.state() == AppState.DELETED) {
      return Ruling.refused(new Refusal.AppNotFound(id));
    }
    if (current.state() == AppState.ACTIVE) {
      return Ruling.unchanged(current);
    }
    App resumed = current.withState(AppState.ACTIVE, "", moment);
    return Ruling.changed(
        AppEvents.event(EventType.APP_RESUMED, actor, reason, current, resumed), resumed);
  }

  @Override
  public AppId readsApp() {
    return id;
  }
}
