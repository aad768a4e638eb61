package dev.consentry.server.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What Micrometer has no meter for: labels that change, and histograms that others keep. */
final class Collectors {
  /** The format appends it. */
  private static final String INFO_SUFFIX = "_info";

  private Collectors() {}

  static Collector info(Metric metric, Supplier<String> label) {
    String name = metric.text();
    return () ->
        InfoSnapshot.builder()
            .name(name.substring(0, name.length() - INFO_SUFFIX.length()))
            .help(metric.help())
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(Labels.of(metric.labels().getFirst(), label.get()))
                    .build())
            .build();
  }

  static Collector histogram(Metric metric, TimeHistogram times) {
    var bounds = new ArrayList<Double>();
    TimeHistogram.BOUNDS.forEach(bound -> bounds.add(seconds(bound)));
    bounds.add(Double.POSITIVE_INFINITY);
    return () -> {
      List<Long> counts = times.counts();
      return HistogramSnapshot.builder()
          .name(metric.text())
          .help(metric.help())
          .dataPoint(
              HistogramDataPointSnapshot.builder()
                  .classicHistogramBuckets(
                      ClassicHistogramBuckets.of(bounds, List.<Number>copyOf(counts)))
                  .sum(times.sumSeconds())
                  .build())
          .build();
    };
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
