package dev.consentry.server.table;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantSource.Snapshot;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;

/**
 * What one statement brought.
 *
 * @param sentAt from before the statement was sent: its age counts from there
 */
record Load(Snapshot snapshot, Stamp sentAt) {
  Epoch epoch() {
    return snapshot.revision().epoch();
  }

  long revision() {
    return snapshot.revision().number();
  }

  /** What it says of a key that it was asked for. */
  Standing standingOf(GrantKey key) {
    Standing standing = snapshot.standings().get(key);
    if (standing == null) {
      throw new IllegalStateException("the store left out " + key);
    }
    return standing;
  }

  Truth truthOf(TableKey key) {
    return new Truth(standingOf(key.grant()), snapshot.revision());
  }
}
