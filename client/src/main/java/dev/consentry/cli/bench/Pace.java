package dev.consentry.cli.bench;

/** When the next call is sent. */
public sealed interface Pace {
  /** The most calls in flight, whatever the pace: more would measure the generator's memory. */
  int IN_FLIGHT_MAX = 10_000;

  /** The most questions asked each second. */
  double RATE_PER_SECOND_MAX = 1_000_000;

  /**
   * As soon as one before it has ended.
   *
   * @param concurrency calls kept in flight, 1 to {@value Pace#IN_FLIGHT_MAX}
   */
  record Closed(int concurrency) implements Pace {
    public Closed {
      Limits.require("--concurrency", concurrency, IN_FLIGHT_MAX);
    }
  }

  /**
   * When its time has come, whatever became of those before it.
   *
   * @param ratePerSecond questions each second, above 0, at most 1,000,000
   */
  record Open(double ratePerSecond) implements Pace {
    public Open {
      Limits.require("--rate", ratePerSecond, RATE_PER_SECOND_MAX);
    }
  }
}
