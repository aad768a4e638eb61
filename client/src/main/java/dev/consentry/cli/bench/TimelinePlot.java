package dev.consentry.cli.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** Draws what was achieved in each second, what was asked, and what failed. */
final class TimelinePlot {
  private static final int ROWS = 4;
  private static final int COLUMNS_MAX = 10;
  private static final int[] ONE_TWO_FIVE = {1, 2, 5};

  private final Report report;
  private final List<Second> seconds;
  private final double length;
  private final double rowRate;
  private final double top;

  private TimelinePlot(Report report) {
    this.report = report;
    this.seconds = report.timeline();
    Second last = seconds.get(seconds.size() - 1);
    this.length = last.start() + last.length();
    double most = report.open() ? report.askedPerSecond() : 1;
    for (Second second : seconds) {
      most = Math.max(most, Math.max(second.answersPerSecond(), second.errorsPerSecond()));
    }
    this.rowRate = step(most, ROWS);
    this.top = rowRate * Math.ceil(1.05 * most / rowRate);
  }

  static String of(Report report) {
    if (report.timeline().isEmpty()) {
      return new Svg("No timeline")
          .text("name", "start", Svg.LEFT, Svg.y(0.5), "nothing was measured")
          .toString();
    }
    return new TimelinePlot(report).draw();
  }

  private String draw() {
    Svg svg = new Svg("Throughput over time");
    for (double rate = 0; rate <= top; rate += rowRate) {
      svg.row(rate / top, Amounts.rate(rate));
    }
    double columnSeconds = step(length, COLUMNS_MAX);
    for (double second = 0; second <= length; second += columnSeconds) {
      svg.column(second / length, Amounts.plain(second) + " s");
    }
    svg.axes("time since the warm-up", "questions per second");
    String achieved = steps(Second::answersPerSecond);
    svg.path("area", achieved + "V" + Svg.number(Svg.BOTTOM) + "H" + Svg.number(Svg.LEFT) + "Z");
    svg.path("line", achieved);
    if (report.errors() > 0) {
      svg.path("errors", steps(Second::errorsPerSecond));
    }
    if (report.open()) {
      double y = Svg.y(report.askedPerSecond() / top);
      svg.line("asked", Svg.LEFT, y, Svg.RIGHT, y);
    }
    return svg.toString();
  }

  /** A level for each second. */
  private String steps(ToDoubleFunction<Second> rate) {
    StringBuilder path = new StringBuilder();
    for (Second second : seconds) {
      path.append(path.isEmpty() ? "M" + Svg.number(Svg.LEFT) + " " : "V")
          .append(Svg.number(Svg.y(rate.applyAsDouble(second) / top)))
          .append('H')
          .append(Svg.number(Svg.x((second.start() + second.length()) / length)));
    }
    return path.toString();
  }

  /** The least of 1, 2, 5, 10 and so on that goes into a whole no more than so many times. */
  private static double step(double whole, int times) {
    double power = Math.pow(10, Math.floor(Math.log10(whole / times)));
    for (int digit : ONE_TWO_FIVE) {
      if (whole / (digit * power) <= times) {
        return digit * power;
      }
    }
    return 10 * power;
  }
}
