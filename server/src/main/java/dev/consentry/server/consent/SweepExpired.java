package dev.consentry.server.consent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The clock's own command: writes down that grants have expired, {@link #GRACE} after they did, so
 * that from then on no clock matters. Answers how many it wrote.
 */
public record SweepExpired() implements Command<Integer> {
  /** Longer than the clocks of two replicas are apart. */
  public static final Duration GRACE = Duration.ofSeconds(60);

  /**
   * A sweep holds the revision counter's lock for no more rows than this; finding fewer, it is
   * done.
   */
  public static final int GRANTS_PER_SWEEP_MAX = 100;

  @Override
  public Ruling<Integer> decide(Rows rows, Moment moment) {
    var events = new ArrayList<Event>();
    Moment at = moment;
    for (Grant grant : rows.expiredGrants(moment.now().minus(GRACE), GRANTS_PER_SWEEP_MAX)) {
      App app = rows.app(grant.key().app());
      if (app == null) {
        throw new IllegalStateException("a grant of an app that never was: " + grant.key());
      }
      events.add(
          new Event(
              at.nextRevision(),
              at.now(),
              EventType.EXPIRED,
              null,
              "",
              null,
              new Event.OfGrant(grant, grant.expired(at), app)));
      at = at.next();
    }
    return new Ruling.Accepted<>(List.copyOf(events), events.size());
  }
}
