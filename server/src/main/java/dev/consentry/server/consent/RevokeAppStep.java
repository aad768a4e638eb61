package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of revoking every grant of an app. Each step looks for active grants from the start
 * again, so that none made meanwhile hides behind a cursor.
 */
public record RevokeAppStep(Actor actor, AppId app, String reason)
    implements Command<RevokeAppStep.Progress> {
  /** A step holds the revision counter's lock for no more rows than this. */
  public static final int GRANTS_PER_STEP_MAX = 100;

  /**
   * How far it has come.
   *
   * @param revoked by this step
   * @param remaining active after it; 0 means that there was none left at its revision
   */
  public record Progress(long revoked, long remaining) {}

  @Override
  public Ruling<Progress> decide(Rows rows, Moment moment) {
    App found = rows.app(app);
    if (found == null) {
      return Ruling.refused(new Refusal.AppNotFound(app));
    }
    long active = rows.countActiveGrants(app, moment.byTheSlowestClock());
    var events = new ArrayList<Event>();
    Moment at = moment;
    for (Grant grant : rows.activeGrants(app, moment.byTheSlowestClock(), GRANTS_PER_STEP_MAX)) {
      events.add(Revoke.event(grant, found, actor, null, reason, at));
      at = at.next();
    }
    return new Ruling.Accepted<>(
        List.copyOf(events), new Progress(events.size(), active - events.size()));
  }

  @Override
  public @Nullable AppId readsApp() {
    return app;
  }
}
