package dev.consentry.server.consent;

import java.time.Instant;

/**
 * When, in the order of all changes, a command is decided.
 *
 * @param now cut to microseconds; never earlier than the last change
 * @param revision of the last change before this command
 */
public record Moment(Instant now, Revision revision) {
  /** The revision of a grant's last change, in this history. */
  Revision revisionOf(Grant grant) {
    return new Revision(revision.epoch(), grant.revision());
  }

  long nextRevision() {
    return revision.number() + 1;
  }

  /** The moment after one more change. */
  Moment next() {
    return new Moment(now, new Revision(revision.epoch(), nextRevision()));
  }

  /**
   * The earliest time that it may be at another replica. A grant that has expired by this time has
   * expired everywhere; one that has not has to be taken for active by whoever says that it is not.
   */
  Instant byTheSlowestClock() {
    return now.minus(SweepExpired.GRACE);
  }
}
