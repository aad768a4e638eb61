package dev.consentry.server.consent;

import dev.consentry.server.consent.GrantChanges.Change;
import java.util.List;

/** The log of a store that others write to as well. Blocks. */
public interface ChangeLog {
  /**
   * Reads on after a revision, in ONE statement: one snapshot.
   *
   * @param max how many changes at most
   * @throws RefusedException {@link Refusal.StoreUnavailable} if the store does not answer
   */
  Passage after(long revision, int max);

  /**
   * A part of the log.
   *
   * @param counter the store's revision in the same snapshot
   * @param floor up to here the log is no longer whole
   * @param changes in order of revision; dense, unless something is wrong
   */
  record Passage(Revision counter, long floor, List<Change> changes) {}
}
