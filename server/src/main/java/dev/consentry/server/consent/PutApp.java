package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import org.jspecify.annotations.Nullable;

/**
 * An operator registers an app, changes its manifest, or brings a deleted one back.
 *
 * @param expectedVersion null: whatever is there; 0: the app must never have been registered; n: it
 *     must be at n, deleted or not
 */
public record PutApp(Actor actor, AppId id, Manifest manifest, @Nullable Integer expectedVersion)
    implements Command<App> {

  @Override
  public Ruling<App> decide(Rows rows, Moment moment) {
    App last = rows.app(id);
    App live = last == null || last.state() == AppState.DELETED ? null : last;
    int version = last == null ? 0 : last.manifestVersion();
    if (expectedVersion != null && expectedVersion != version) {
      return Ruling.refused(new Refusal.ManifestChanged(id, version));
    }
    if (live != null && live.manifest().equals(manifest)) {
      return Ruling.unchanged(live);
    }
    var put =
        new App(
            id,
            manifest,
            last == null ? 1 : last.manifestVersion() + 1,
            live == null ? AppState.ACTIVE : live.state(),
            live == null ? "" : live.stateReason(),
            last == null ? moment.now() : last.createTime(),
            moment.now(),
            moment.nextRevision());
    EventType type = live == null ? EventType.APP_CREATED : EventType.APP_CHANGED;
    return Ruling.changed(AppEvents.event(type, actor, "", last, put), put);
  }

  @Override
  public AppId readsApp() {
    return id;
  }
}
