package dev.consentry.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is measured, as Prometheus reads it. Nobody pays for it but who asks: a number is
 * looked up when it is told, and the registry is made for the first who asks.
 */
/*
 * The registry alone takes 150 ms of a cold JVM, a third of what a start takes. So what has to be counted before is
 * counted in adders of our own, a histogram too, and no meter of Micrometer's is written to.
 */
public final class Metrics {
  private final Supplier<List<Measure>> measures;
  private final Map<Metric, Supplier<String>> infos;
  private final Map<Metric, TimeHistogram> histograms;
  private @Nullable PrometheusMeterRegistry registry;

  /** Held, as Micrometer holds what it asks weakly. */
  private final Map<Series, Measure> registered = new HashMap<>();

  private record Series(Metric metric, List<String> labels) {}

  /** In which form it is told. */
  public enum Format {
    TEXT("text/plain; version=0.0.4; charset=utf-8"),
    OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

    private final String contentType;

    Format(String contentType) {
      this.contentType = contentType;
    }

    /** Of HTTP. */
    public String contentType() {
      return contentType;
    }

    /**
     * What a request takes.
     *
     * @param accept the values of its {@code Accept} headers
     */
    public static Format acceptedBy(List<String> accept) {
      return accept.stream().anyMatch(each -> each.contains("application/openmetrics-text"))
          ? OPEN_METRICS
          : TEXT;
    }
  }

  /**
   * Tells of these, and of the JVM.
   *
   * @param measures all that there are; more may come, none may go
   * @param infos what each {@link Metric.Kind#INFO} has in its label; may change
   */
  public Metrics(
      Supplier<List<Measure>> measures,
      Map<Metric, Supplier<String>> infos,
      Map<Metric, TimeHistogram> histograms) {
    this.measures = measures;
    this.infos = infos;
    this.histograms = histograms;
  }

  /** All of it, as it is now. May be asked by several threads at once; slow the first time. */
  public String scrape(Format format) {
    return upToDate(measures.get()).scrape(format.contentType());
  }

  private synchronized PrometheusMeterRegistry upToDate(List<Measure> known) {
    PrometheusMeterRegistry all = registry;
    if (all == null) {
      all = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      PrometheusRegistry beside = all.getPrometheusRegistry();
      infos.forEach((metric, label) -> beside.register(Collectors.info(metric, label)));
      histograms.forEach((metric, times) -> beside.register(Collectors.histogram(metric, times)));
      registerNew(JvmMeasures.all(), all);
      registry = all;
    }
    registerNew(known, all);
    return all;
  }

  private void registerNew(List<Measure> known, PrometheusMeterRegistry all) {
    for (Measure measure : known) {
      if (registered.putIfAbsent(new Series(measure.metric(), measure.labels()), measure) == null) {
        register(measure, all);
      }
    }
  }

  private static void register(Measure measure, PrometheusMeterRegistry registry) {
    Metric metric = measure.metric();
    switch (metric.kind()) {
      case COUNTER ->
          FunctionCounter.builder(metric.text(), measure, Metrics::counted)
              .description(metric.help())
              .tags(tags(measure))
              .register(registry);
      case GAUGE ->
          Gauge.builder(metric.text(), measure, each -> each.value().getAsDouble())
              .description(metric.help())
              .tags(tags(measure))
              .register(registry);
      case HISTOGRAM, INFO ->
          throw new IllegalArgumentException(metric.text() + " has no single number");
    }
  }

  /* One below zero, as JMX tells of what is not known, would be an error for the whole page. */
  private static double counted(Measure measure) {
    return Math.max(0, measure.value().getAsDouble());
  }

  private static Tags tags(Measure measure) {
    List<String> names = measure.metric().labels();
    var tags = new ArrayList<Tag>();
    IntStream.range(0, names.size())
        .forEach(i -> tags.add(Tag.of(names.get(i), measure.labels().get(i))));
    return Tags.of(tags);
  }
}
