package dev.consentry.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/** Writes a report as one page that needs nothing else. It is also well-formed XML. */
public final class ReportPage {
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

  private final Report report;

  private ReportPage(Report report) {
    this.report = report;
  }

  /** The page. */
  public static String of(Report report) {
    return new ReportPage(report).page();
  }

  private String page() {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <title>consentry bench: %1$s</title>
    <style>
    %2$s</style>
    </head>
    <body>
    <main>
    <header>
    <h1>consentry bench</h1>
    <p>%3$s</p>
    </header>
    %4$s<section>
    <h2>Latency</h2>
    <p>%5$s</p>
    %6$s</section>
    <section>
    <h2>Throughput</h2>
    <p class="legend">%7$s</p>
    %8$s</section>
    <section class="tables">
    %9$s</section>
    </main>
    </body>
    </html>
    """
        .formatted(
            Html.escaped(report.server()),
            style(),
            subtitle(),
            tiles(),
            latencyWords(),
            LatencyPlot.of(report),
            legend(),
            TimelinePlot.of(report),
            tables());
  }

  private String subtitle() {
    return Html.escaped(
        report.server()
            + " · "
            + MINUTE.format(report.started())
            + " · "
            + report.settings().words().get("load")
            + " · "
            + report.settings().words().get("calls")
            + (report.endedEarly() ? " · ended early" : ""));
  }

  private String tiles() {
    return "<section class=\"tiles\">\n"
        + tile("achieved", Amounts.rate(report.achievedPerSecond()), achievedWords(), false)
        + tile("p50", Amounts.latency(report.nanosAt(50)), "half of all calls", false)
        + tile("p99", Amounts.latency(report.nanosAt(99)), "99 of 100 calls", false)
        + tile("p99.9", Amounts.latency(report.nanosAt(99.9)), "999 of 1,000 calls", false)
        + tile(
            "errors",
            Amounts.count(report.errors()),
            Amounts.percent(report.errors(), report.errors() + report.answers()) + " of questions",
            report.errors() > 0)
        + "</section>\n"
        + (report.shortfall().isEmpty()
            ? ""
            : "<p class=\"short\">Less was achieved than asked. Limited by: "
                + Html.escaped(report.shortfall())
                + ".</p>\n");
  }

  private String achievedWords() {
    return report.open()
        ? "asked " + Amounts.rate(report.askedPerSecond())
        : "as fast as answers came";
  }

  private String latencyWords() {
    return report.open()
        ? "Counted from when each call was due: waiting to be sent is part of it."
        : "Counted from when each call was sent, which was as soon as another had ended: a pause of"
            + " the server shows in few calls. A rate (--rate) shows it in full.";
  }

  private String legend() {
    return "<span class=\"key-line\"></span> achieved"
        + (report.open() ? " <span class=\"key-asked\"></span> asked" : "")
        + (report.errors() > 0 ? " <span class=\"key-errors\"></span> errors" : "");
  }

  private String tables() {
    StringBuilder latency = new StringBuilder();
    Report.PERCENTILES.forEach((name, percentile) ->
        latency.append(row(name, Amounts.latency(report.nanosAt(percentile)))));
    if (report.open()) {
      latency.append(row("sent late, p99", Amounts.latency(report.lateNanosAt(99))));
    }
    StringBuilder settings = new StringBuilder(row("server", report.server()));
    report.settings().words().forEach((name, words) -> settings.append(row(name, words)));
    settings.append(row("measured", Amounts.seconds(report.seconds())));
    settings.append(row("bench itself used", Amounts.cores(report.cpuCores())));
    return table("Answers", counts(report.answers(), report.outcomes()))
        + table("Errors", counts(report.errors(), report.failures()))
        + table("Latency", latency.toString())
        + table("Settings", settings.toString());
  }

  private static String counts(long sum, Map<String, Long> counts) {
    StringBuilder rows = new StringBuilder(row("all", Amounts.count(sum)));
    counts.forEach((what, count) ->
        rows.append(row(what, Amounts.count(count) + " · " + Amounts.percent(count, sum))));
    return rows.toString();
  }

  private static String tile(String name, String value, String words, boolean bad) {
    return "<div class=\"%s\"><span>%s</span><strong>%s</strong><span>%s</span></div>\n"
        .formatted(bad ? "tile bad" : "tile", name, Html.escaped(value), Html.escaped(words));
  }

  private static String table(String name, String rows) {
    return "<div><h2>" + name + "</h2>\n<table>\n" + rows + "</table></div>\n";
  }

  private static String row(String name, String value) {
    return "<tr><th>" + Html.escaped(name) + "</th><td>" + Html.escaped(value) + "</td></tr>\n";
  }

  private static String style() {
    try (InputStream in = ReportPage.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
