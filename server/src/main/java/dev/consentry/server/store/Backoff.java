package dev.consentry.server.store;

import java.time.Duration;

/** Pauses between attempts to reach a database that is away: longer each time, up to a bound. */
final class Backoff {
  /** Short, as a server that finds its database back has to serve within two seconds. */
  static final Duration PAUSE_MAX = Duration.ofMillis(500);

  private static final Duration PAUSE_MIN = Duration.ofMillis(20);

  private Duration next = PAUSE_MIN;

  /** Pauses; false if the thread was interrupted. */
  boolean pause() {
    try {
      Thread.sleep(next);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(PAUSE_MAX) < 0 ? doubled : PAUSE_MAX;
    return true;
  }
}
