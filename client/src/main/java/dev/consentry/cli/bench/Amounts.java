package dev.consentry.cli.bench;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/** Writes amounts for people: {@code 412 µs}, {@code 20,000/s}, {@code 1.5 %}. */
public final class Amounts {
  private static final double NANOS_PER_MICRO = 1e3;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double NANOS_PER_SECOND = 1e9;

  private Amounts() {}

  /** A time in nanoseconds, with three digits that count. */
  public static String latency(long nanos) {
    if (nanos < NANOS_PER_MILLI) {
      return digits(nanos / NANOS_PER_MICRO) + " µs";
    }
    return nanos < NANOS_PER_SECOND
        ? digits(nanos / NANOS_PER_MILLI) + " ms"
        : digits(nanos / NANOS_PER_SECOND) + " s";
  }

  /** A time in nanoseconds, as short as it is exact: for the marks of a scale. */
  static String round(long nanos) {
    return nanos < NANOS_PER_MILLI
        ? plain(nanos / NANOS_PER_MICRO) + " µs"
        : nanos < NANOS_PER_SECOND
            ? plain(nanos / NANOS_PER_MILLI) + " ms"
            : plain(nanos / NANOS_PER_SECOND) + " s";
  }

  /** So many each second. */
  public static String rate(double perSecond) {
    return (perSecond >= 100 || perSecond == 0 ? count(Math.round(perSecond)) : digits(perSecond))
        + "/s";
  }

  /** A whole number. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** So many of a thing. */
  public static String counted(long number, String thing) {
    return count(number) + " " + thing + (number == 1 ? "" : "s");
  }

  /** A part of a whole. */
  public static String percent(long part, long whole) {
    if (part == 0 || whole == 0) {
      return "0 %";
    }
    double percent = 100.0 * part / whole;
    return percent < 0.1 ? "< 0.1 %" : String.format(Locale.ROOT, "%.1f %%", percent);
  }

  /** A time span as it is typed. */
  public static String span(Duration span) {
    if (span.toNanosPart() != 0) {
      return span.toMillis() + "ms";
    }
    return span.toSecondsPart() != 0 || span.isZero()
        ? span.toSeconds() + "s"
        : span.toMinutes() + "m";
  }

  /** Processors that were busy. */
  public static String cores(double cores) {
    return String.format(Locale.ROOT, "%.2f cores", cores);
  }

  /** Seconds, to a tenth. */
  public static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.1f s", seconds);
  }

  /** A number with no more digits than it needs. */
  public static String plain(double number) {
    return Double.isFinite(number)
        ? new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString()
        : Double.toString(number);
  }

  private static String digits(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }
}
