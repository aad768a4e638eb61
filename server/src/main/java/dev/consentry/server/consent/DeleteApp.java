package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;

/**
 * An operator retires an app that no account grants any longer, by any replica's clock. Answers
 * whether there was one to retire.
 *
 * @param allowMissing whether having nothing to delete is fine
 */
public record DeleteApp(Actor actor, AppId id, boolean allowMissing, String reason)
    implements Command<Boolean> {

  @Override
  public Ruling<Boolean> decide(Rows rows, Moment moment) {
    App current = rows.app(id);
    if (current == null || current.state() == AppState.DELETED) {
      return allowMissing ? Ruling.unchanged(false) : Ruling.refused(new Refusal.AppNotFound(id));
    }
    long active = rows.countActiveGrants(id, moment.byTheSlowestClock());
    if (active > 0) {
      return Ruling.refused(new Refusal.AppHasGrants(id, active));
    }
    App deleted = current.withState(AppState.DELETED, "", moment);
    return Ruling.changed(
        AppEvents.event(EventType.APP_DELETED, actor, reason, current, deleted), true);
  }

  @Override
  public AppId readsApp() {
    return id;
  }
}
