package dev.consentry.server.table;

import dev.consentry.server.consent.Revision;

/** How new an answer has to be. */
public sealed interface Consistency {
  Consistency MINIMIZE_LATENCY = new MinimizeLatency();
  Consistency FULLY_CONSISTENT = new FullyConsistent();

  /** From memory, within {@code max_staleness}. */
  record MinimizeLatency() implements Consistency {}

  /** Not older than this revision; one of another history reads the store. */
  record AtLeastAsFresh(Revision revision) implements Consistency {}

  /** Read from the store after the call arrived. */
  record FullyConsistent() implements Consistency {}
}
