package dev.consentry.cli;

import dev.consentry.cli.bench.Amounts;
import dev.consentry.cli.bench.Report;
import java.util.Map;

/** Writes what came of a load. */
final class BenchText {
  private BenchText() {}

  static String of(Report report) {
    Table settings = Table.plain().row("server", report.server());
    report.settings().words().forEach(settings::row);
    String shortfall =
        report.shortfall().isEmpty()
            ? ""
            : "\nless was achieved than asked, limited by: " + report.shortfall() + "\n";
    return settings + "\n" + figures(report) + shortfall;
  }

  private static Table figures(Report report) {
    Table table = Table.plain();
    table.row(
        "measured",
        Amounts.seconds(report.seconds()) + (report.endedEarly() ? ", ended early" : ""));
    table.row("asked", Amounts.rate(report.askedPerSecond()));
    table.row("achieved", Amounts.rate(report.achievedPerSecond()));
    table.given("not sent", report.unsent() == 0 ? "" : Amounts.count(report.unsent()));
    counts(table, "answers", report.answers(), report.outcomes());
    counts(table, "errors", report.errors(), report.failures());
    table.row("latency");
    Report.PERCENTILES.forEach(
        (name, percentile) -> table.row("  " + name, Amounts.latency(report.nanosAt(percentile))));
    if (report.open()) {
      table.row("sent late");
      table.row("  p50", Amounts.latency(report.lateNanosAt(50)));
      table.row("  p99", Amounts.latency(report.lateNanosAt(99)));
    }
    return table.row("bench used", Amounts.cores(report.cpuCores()));
  }

  private static void counts(Table table, String name, long sum, Map<String, Long> counts) {
    table.row(name, Amounts.count(sum));
    counts.forEach(
        (what, count) -> table.row("  " + what, Amounts.count(count), Amounts.percent(count, sum)));
  }
}
