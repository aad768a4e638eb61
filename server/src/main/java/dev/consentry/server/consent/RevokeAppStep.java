package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of revoking every grant of an app. Each step looks for active grants from the start
 * again, so that none made meanwhile hides behind a cursor. It counts nothing: that would take as
 * long as the app has grants, and the counter's lock keeps every other writer waiting.
 */
public record RevokeAppStep(Actor actor, AppId app, String reason)
    implements Command<RevokeAppStep.Progress> {
  /** A step holds the revision counter's lock for no more rows than this. */
  public static final int GRANTS_PER_STEP_MAX = 100;

  /**
   * How far it has come.
   *
   * @param revoked by this step
   * @param done whether none was left at its revision
   */
  public record Progress(int revoked, boolean done) {}

  @Override
  public Ruling<Progress> decide(Rows rows, Moment moment) {
    App found = rows.app(app);
    if (found == null) {
      return Ruling.refused(new Refusal.AppNotFound(app));
    }
    // One more than fits, to know whether any is left.
    List<Grant> active =
        rows.activeGrants(app, moment.byTheSlowestClock(), GRANTS_PER_STEP_MAX + 1);
    boolean done = active.size() <= GRANTS_PER_STEP_MAX;
    var events = new ArrayList<Event>();
    Moment at = moment;
    for (Grant grant : done ? active : active.subList(0, GRANTS_PER_STEP_MAX)) {
      events.add(Revoke.event(grant, found, actor, null, reason, at));
      at = at.next();
    }
    return new Ruling.Accepted<>(List.copyOf(events), new Progress(events.size(), done));
  }

  @Override
  public @Nullable AppId readsApp() {
    return app;
  }
}
