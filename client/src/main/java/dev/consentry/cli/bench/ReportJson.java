package dev.consentry.cli.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/** Writes a report as one JSON object. Times are in nanoseconds, rates per second. */
public final class ReportJson {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
  private static final int TICKS_PER_HALF_DISTANCE = 5;

  private ReportJson() {}

  /** The object, without a line end after it. */
  public static String of(Report report) {
    JsonObject json = new JsonObject();
    json.addProperty("server", report.server());
    json.addProperty("startTime", report.started().toString());
    json.add("settings", settings(report.settings()));
    json.addProperty("measuredSeconds", report.seconds());
    json.addProperty("endedEarly", report.endedEarly());
    json.addProperty("askedPerSecond", report.askedPerSecond());
    json.addProperty("achievedPerSecond", report.achievedPerSecond());
    json.addProperty("limitedBy", report.shortfall());
    json.addProperty("asked", report.asked());
    json.addProperty("notSent", report.unsent());
    json.addProperty("answers", report.answers());
    json.add("answersByOutcome", counts(report.outcomes()));
    json.addProperty("errors", report.errors());
    json.add("errorsByReason", counts(report.failures()));
    json.add("latencyNanos", percentiles(report.latency()));
    json.add("latencyDistribution", distribution(report.latency()));
    if (report.open()) {
      json.add("sentLateNanos", percentiles(report.lateness()));
    }
    json.addProperty("benchCpuCores", report.cpuCores());
    json.add("timeline", timeline(report));
    return GSON.toJson(json);
  }

  private static JsonObject settings(Settings settings) {
    JsonObject json = new JsonObject();
    json.addProperty("mode", settings.mode().toString());
    if (settings.pace() instanceof Pace.Open open) {
      json.addProperty("ratePerSecond", open.ratePerSecond());
    } else {
      json.addProperty("concurrency", ((Pace.Closed) settings.pace()).concurrency());
    }
    json.addProperty("durationSeconds", settings.duration().toMillis() / 1e3);
    json.addProperty("warmUpSeconds", settings.warmUp().toMillis() / 1e3);
    json.addProperty("timeoutSeconds", settings.timeout().toMillis() / 1e3);
    json.addProperty("connections", settings.connections());
    switch (settings.mode()) {
      case UNARY -> {}
      case BATCH -> json.addProperty("batchSize", settings.batchSize());
      case STREAM -> json.addProperty("streams", settings.streams());
    }
    if (settings.asked() instanceof Asked.Drawn drawn) {
      json.addProperty("accounts", drawn.accounts());
      json.addProperty("apps", drawn.apps());
      json.addProperty("keys", drawn.keys().toString());
      json.addProperty("allowPercent", drawn.shares().allow());
      json.addProperty("denyPercent", drawn.shares().deny());
      json.addProperty("neverSeenPercent", drawn.shares().neverSeen());
      json.addProperty("seed", drawn.seed());
    } else {
      Asked.Fixed fixed = (Asked.Fixed) settings.asked();
      json.addProperty("account", fixed.account());
      json.addProperty("app", fixed.app());
      JsonArray scopes = new JsonArray();
      fixed.scopes().forEach(scopes::add);
      json.add("scopes", scopes);
    }
    return json;
  }

  private static JsonObject counts(Map<String, Long> counts) {
    JsonObject json = new JsonObject();
    counts.forEach(json::addProperty);
    return json;
  }

  private static JsonObject percentiles(Histogram histogram) {
    JsonObject json = new JsonObject();
    Report.PERCENTILES.forEach(
        (name, percentile) -> json.addProperty(name, Report.at(histogram, percentile)));
    return json;
  }

  private static JsonArray distribution(Histogram histogram) {
    JsonArray json = new JsonArray();
    for (HistogramIterationValue value : histogram.percentiles(TICKS_PER_HALF_DISTANCE)) {
      JsonObject point = new JsonObject();
      point.addProperty("percentile", value.getPercentile());
      point.addProperty("nanos", value.getValueIteratedTo());
      point.addProperty("calls", value.getTotalCountToThisValue());
      json.add(point);
    }
    return json;
  }

  private static JsonArray timeline(Report report) {
    JsonArray json = new JsonArray();
    for (Second second : report.timeline()) {
      JsonObject row = new JsonObject();
      row.addProperty("startSeconds", second.start());
      row.addProperty("lengthSeconds", second.length());
      row.addProperty("asked", second.asked());
      row.addProperty("answers", second.answers());
      row.addProperty("errors", second.errors());
      row.addProperty("p50Nanos", second.p50Nanos());
      row.addProperty("p99Nanos", second.p99Nanos());
      row.addProperty("maxNanos", second.maxNanos());
      json.add(row);
    }
    return json;
  }
}
