package dev.consentry.cli.bench;

import java.time.Duration;

/** Says that a setting is out of its range, in the words of the option that set it. */
final class Limits {
  private Limits() {}

  static int require(String option, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          option + " must be from 1 to " + max + ", and is `" + value + "`");
    }
    return value;
  }

  /** Above 0, up to a maximum. */
  static double require(String option, double value, double max) {
    if (!(value > 0 && value <= max)) {
      throw new IllegalArgumentException(
          option
              + " must be above 0 and at most "
              + Amounts.plain(max)
              + ", and is `"
              + Amounts.plain(value)
              + "`");
    }
    return value;
  }

  static Duration require(String option, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          option
              + " must be from "
              + Amounts.span(min)
              + " to "
              + Amounts.span(max)
              + ", and is `"
              + Amounts.span(value)
              + "`");
    }
    return value;
  }
}
