package dev.consentry.cli.bench;

/**
 * When the calls of an open loop are due.
 *
 * @param startNanos when the first one is, on the clock of {@link System#nanoTime}
 * @param callsPerSecond how many there are in each second
 */
record Schedule(long startNanos, double callsPerSecond) {
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * When a call is due. Reckoned from the start each time: nothing adds up.
   *
   * @param number of the call, from 0
   */
  long dueNanos(long number) {
    return startNanos + Math.round(number * (NANOS_PER_SECOND / callsPerSecond));
  }

  /** How many calls are due before a time. */
  long dueBefore(long nanos) {
    long number =
        Math.max(0, (long) ((nanos - startNanos) / (NANOS_PER_SECOND / callsPerSecond)) - 1);
    while (dueNanos(number) - nanos < 0) {
      number++;
    }
    return number;
  }
}
