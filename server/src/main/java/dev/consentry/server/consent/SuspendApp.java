package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;

/**
 * The kill switch: an operator stops an app everywhere. Doing it twice is fine; the first reason
 * stays.
 */
public record SuspendApp(Actor actor, AppId id, String reason) implements Command<App> {

  @Override
  public Ruling<App> decide(Rows rows, Moment moment) {
    App current = rows.app(id);
    if (current == null || current.state() == AppState.DELETED) {
      return Ruling.refused(new Refusal.AppNotFound(id));
    }
    if (current.state() == AppState.SUSPENDED) {
      return Ruling.unchanged(current);
    }
    App suspended = current.withState(AppState.SUSPENDED, reason, moment);
    return Ruling.changed(
        AppEvents.event(EventType.APP_SUSPENDED, actor, reason, current, suspended), suspended);
  }

  @Override
  public AppId readsApp() {
    return id;
  }
}
