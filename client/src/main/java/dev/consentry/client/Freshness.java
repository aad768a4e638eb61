package dev.consentry.client;

import dev.consentry.v1.Consistency;

/** How new the answer to a check must be. */
public final class Freshness {
  private Freshness() {}

  /** As new as the server promises at any time, from its memory: the default. */
  public static Consistency minimizeLatency() {
    return Consistency.getDefaultInstance();
  }

  /**
   * Not older than this.
   *
   * @param revision the {@code revision} of an earlier answer, of a read or a write
   */
  public static Consistency atLeast(String revision) {
    return Consistency.newBuilder().setAtLeastAsFresh(revision).build();
  }

  /** As new as the store, which is read for it: not for every request. */
  public static Consistency fullyConsistent() {
    return Consistency.newBuilder().setFullyConsistent(true).build();
  }
}
