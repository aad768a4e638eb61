package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.table.Consistency;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How fresh an answer has to be.
 *
 * @param revision that it must not be older than; null for any
 */
record Requirement(boolean fullyConsistent, @Nullable Revision revision) {
  static final Requirement NONE = new Requirement(false, null);

  /** What satisfies this one. */
  Consistency consistency() {
    if (fullyConsistent) {
      return Consistency.FULLY_CONSISTENT;
    }
    return revision == null
        ? Consistency.MINIMIZE_LATENCY
        : new Consistency.AtLeastAsFresh(revision);
  }

  /** What satisfies all of them. Revisions of two histories have no order: then only the store. */
  static Consistency strictest(List<Requirement> all) {
    Revision latest = null;
    for (Requirement each : all) {
      Revision revision = each.revision();
      if (each.fullyConsistent()
          || (latest != null && revision != null && !latest.epoch().equals(revision.epoch()))) {
        return Consistency.FULLY_CONSISTENT;
      }
      if (latest == null || (revision != null && revision.number() > latest.number())) {
        latest = revision;
      }
    }
    return new Requirement(false, latest).consistency();
  }

  /**
   * Ends what was answered from before a revision that is asked for.
   *
   * @throws RefusedException {@link Refusal.RevisionAhead}
   */
  void requireReachedBy(Revision at) {
    if (revision != null
        && revision.epoch().equals(at.epoch())
        && revision.number() > at.number()) {
      throw new RefusedException(new Refusal.RevisionAhead());
    }
  }
}
