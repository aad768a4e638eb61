package dev.consentry.cli.bench;

import java.util.Arrays;

/** How often each of a number of keys is asked about; the first one most often. */
public sealed interface Keys {
  /** The steepest skew: with it every second question is already about the first key alone. */
  double ZIPF_EXPONENT_MAX = 10;

  /** Turns points that are spread evenly from 0 to below 1 into ranks that are not. */
  interface Picker {
    int rank(double point);
  }

  /**
   * A picker of ranks from 0 to below a number.
   *
   * @param count how many keys there are
   */
  Picker over(int count);

  /** All the same. */
  record Uniform() implements Keys {
    @Override
    public Picker over(int count) {
      return point -> (int) (point * count);
    }

    @Override
    public String toString() {
      return "uniform";
    }
  }

  /**
   * Rank r in proportion to 1 / r<sup>exponent</sup>, counted from 1.
   *
   * @param exponent above 0, at most 10
   */
  record Zipf(double exponent) implements Keys {
    /** What is usual where nobody knows better. */
    public static final double EXPONENT = 0.99;

    public Zipf {
      Limits.require("--zipf-exponent", exponent, ZIPF_EXPONENT_MAX);
    }

    @Override
    public Picker over(int count) {
      double[] upTo = new double[count];
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum += Math.pow(i + 1.0, -exponent);
        upTo[i] = sum;
      }
      double whole = sum;
      return point -> {
        int found = Arrays.binarySearch(upTo, point * whole);
        return Math.min(found < 0 ? -found - 1 : found + 1, count - 1);
      };
    }

    @Override
    public String toString() {
      return "zipf " + Amounts.plain(exponent);
    }
  }
}
