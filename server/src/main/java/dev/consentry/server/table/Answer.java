package dev.consentry.server.table;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.Decision;

/** A decision, and the revision at which it is the truth. */
public record Answer(Decision decision, Revision at) {
  public boolean isAllow() {
    return decision instanceof Decision.Allow;
  }
}
