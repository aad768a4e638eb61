package dev.consentry.cli.bench;

/**
 * What came of one second of a load.
 *
 * @param start seconds since the measuring began
 * @param length seconds; the last one may be shorter, or longer by what came late
 * @param asked questions sent
 * @param answers that came
 * @param errors questions that failed
 */
public record Second(
    double start,
    double length,
    long asked,
    long answers,
    long errors,
    long p50Nanos,
    long p99Nanos,
    long maxNanos) {
  /** Answers each second; errors are none. */
  public double answersPerSecond() {
    return answers / length;
  }

  /** Questions that failed each second. */
  public double errorsPerSecond() {
    return errors / length;
  }
}
