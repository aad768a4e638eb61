package dev.consentry.cli.bench;

/** A way to the server. Sending never blocks; every call that was sent ends, once. */
interface Lane {
  /** Takes note that a call has ended, on a thread of the transport that must not be held up. */
  interface Ended {
    /**
     * Is told once for each call.
     *
     * @param lane that it was sent on
     * @param failed whether it brought no answer at all
     */
    void ended(Lane lane, boolean failed);
  }

  /**
   * Sends the next call.
   *
   * @param dueNanos since when its latency counts
   * @param number of its first question
   */
  void send(long dueNanos, long number);
}
