package dev.consentry.cli.bench;

/**
 * Draws latency over percentiles, on the axis of HdrHistogram: each next mark is a tenth of the
 * calls before it. Latency is on a scale of powers too, so that microseconds and seconds both show.
 */
final class LatencyPlot {
  /** The last mark: 99.9999 %. */
  private static final int NINES_MAX = 6;

  private static final int STEPS_PER_NINE = 50;
  private static final int ROWS_MAX = 9;
  private static final int[] ONE_TWO_FIVE = {1, 2, 5};

  private final Report report;
  private final int nines;
  private final double low;
  private final double high;

  private LatencyPlot(Report report) {
    this.report = report;
    this.nines =
        (int)
            Math.max(
                2,
                Math.min(
                    NINES_MAX,
                    Math.ceil(Math.log10((double) Math.max(1, report.latency().getTotalCount())))));
    long least = Math.max(1, report.nanosAt(0));
    this.low = Math.log10(below((double) least));
    this.high = Math.log10(above((double) Math.max(least + 1, report.nanosAt(100))));
  }

  static String of(Report report) {
    if (report.latency().getTotalCount() == 0) {
      return new Svg("No latencies")
          .text("name", "start", Svg.LEFT, Svg.y(0.5), "no answers")
          .toString();
    }
    return new LatencyPlot(report).draw();
  }

  private String draw() {
    Svg svg = new Svg("Latency by percentile");
    rows(svg);
    for (int nine = 0; nine <= nines; nine++) {
      svg.column((double) nine / nines, name(nine));
    }
    svg.axes("percentile of calls", "latency");
    StringBuilder path = new StringBuilder();
    for (int step = 0; step <= nines * STEPS_PER_NINE; step++) {
      double nine = (double) step / STEPS_PER_NINE;
      path.append(step == 0 ? "M" : "L")
          .append(Svg.number(x(nine)))
          .append(' ')
          .append(Svg.number(y(report.nanosAt(percentile(nine)))));
    }
    svg.path("area", path + "V" + Svg.number(Svg.BOTTOM) + "H" + Svg.number(Svg.LEFT) + "Z");
    svg.path("line", path.toString());
    Report.PERCENTILES.forEach((name, percentile) -> mark(svg, name, percentile));
    return svg.toString();
  }

  private void mark(Svg svg, String name, double percentile) {
    double nine = percentile == 100 ? nines : -Math.log10(1 - percentile / 100);
    if (nine <= nines) {
      svg.point(
          x(nine),
          y(report.nanosAt(percentile)),
          name + " " + Amounts.latency(report.nanosAt(percentile)));
    }
  }

  private void rows(Svg svg) {
    int decades = (int) Math.ceil(high - low);
    for (double power = Math.pow(10, Math.floor(low)); Math.log10(power) <= high; power *= 10) {
      for (int digit : ONE_TWO_FIVE) {
        double log = Math.log10(power * digit);
        boolean shown = digit == 1 || decades * ONE_TWO_FIVE.length <= ROWS_MAX;
        if (shown && log >= low - 1e-9 && log <= high + 1e-9) {
          svg.row((log - low) / (high - low), Amounts.round(Math.round(power * digit)));
        }
      }
    }
  }

  private double x(double nine) {
    return Svg.x(nine / nines);
  }

  private double y(long nanos) {
    return Svg.y((Math.log10((double) Math.max(1, nanos)) - low) / (high - low));
  }

  /** 0 %, 90 %, 99 %, 99.9 % and so on. */
  private static String name(int nines) {
    return switch (nines) {
      case 0 -> "0 %";
      case 1 -> "90 %";
      case 2 -> "99 %";
      default -> "99." + "9".repeat(nines - 2) + " %";
    };
  }

  private static double percentile(double nine) {
    return 100 * (1 - Math.pow(10, -nine));
  }

  /** The next of 1, 2, 5, 10 and so on at or below a value. */
  private static double below(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    return value >= 5 * power ? 5 * power : value >= 2 * power ? 2 * power : power;
  }

  /** The next of 1, 2, 5, 10 and so on above a value. */
  private static double above(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    return value < 2 * power ? 2 * power : value < 5 * power ? 5 * power : 10 * power;
  }
}
