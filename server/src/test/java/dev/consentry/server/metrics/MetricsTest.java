package dev.consentry.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.metrics.Metric.Kind;
import dev.consentry.server.metrics.Metrics.Format;
import dev.consentry.server.metrics.PrometheusText.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class MetricsTest {
  private static final String NASTY = "a\"b\\c\nd{e},f=\u00e4";

  private final TimeHistogram times = new TimeHistogram();

  private Metrics metrics(List<Measure> measures) {
    return new Metrics(
        () -> measures,
        Map.of(Metric.BUILD_INFO, () -> "1.2.3", Metric.STORE_INFO, () -> "epoch"),
        Map.of(Metric.REVOCATION_VISIBLE, times));
  }

  private static PrometheusText text(Metrics metrics) {
    return PrometheusText.parse(metrics.scrape(Format.TEXT));
  }

  /** All of ours that have one number, each with another. */
  private static List<Measure> oneOfEach() {
    return Stream.of(Metric.values())
        .filter(metric -> metric.text().startsWith("consentry_"))
        .filter(metric -> metric.kind() == Kind.COUNTER || metric.kind() == Kind.GAUGE)
        .map(metric ->
            Measure.of(
                metric,
                () -> 0.25 + (metric.text().hashCode() & 0xFFFF),
                metric.labels().stream().map(name -> "some " + name).toArray(String[]::new)))
        .toList();
  }

  @Test
  void scrape_everyMetric_isThereUnderItsNameWithTypeAndHelp() {
    times.add(3_000);
    PrometheusText text = text(metrics(oneOfEach()));
    for (Metric metric : Metric.values()) {
      assertEquals(metric.help(), text.helps().get(metric.text()));
      String type =
          switch (metric.kind()) {
            case COUNTER -> "counter";
            case GAUGE, INFO -> "gauge";
            case HISTOGRAM -> "histogram";
          };
      assertEquals(type, text.types().get(metric.text()), metric.text());
    }
    assertEquals(Metric.values().length, text.types().size(), "and nothing else");
    for (Measure measure : oneOfEach()) {
      assertEquals(
          measure.value().getAsDouble(),
          text.value(measure.metric(), measure.labels().toArray(String[]::new)));
    }
    assertEquals(1, text.value(Metric.BUILD_INFO, "1.2.3"));
    assertEquals(1, text.value(Metric.STORE_INFO, "epoch"));
    assertEquals(1, text.count(Metric.REVOCATION_VISIBLE));
  }

  /** As JMX tells of what a JVM does not count: it must not take the page with it. */
  @Test
  void scrape_counterBelowZero_isZero() {
    assertEquals(
        0, text(metrics(List.of(Measure.of(Metric.LOADS, () -> -1)))).value(Metric.LOADS));
  }

  @Test
  void scrape_labelOfAnyCharacters_comesBackAsItWas() {
    var measure = Measure.of(Metric.ERRORS, () -> 1, NASTY);
    assertEquals(1, text(metrics(List.of(measure))).value(Metric.ERRORS, NASTY));
  }

  @Test
  void scrape_countsAfterDecisions_areTheirs() {
    var counters = new Counters();
    counters.decided((DenyReason) null);
    counters.decided((DenyReason) null);
    counters.missed();
    counters.loaded(1);
    counters.decided(DenyReason.GRANT_REVOKED);
    counters.failed("not_allowed");
    var measures = new ArrayList<>(counters.measures());
    measures.addAll(counters.errors(List.of("not_allowed", "internal")));
    PrometheusText text = text(metrics(measures));
    assertEquals(2, text.value(Metric.DECISIONS, "allow", "granted"));
    assertEquals(1, text.value(Metric.DECISIONS, "deny", "grant_revoked"));
    assertEquals(0, text.value(Metric.DECISIONS, "deny", "app_suspended"), "there from the start");
    assertEquals(2, text.value(Metric.HITS));
    assertEquals(1, text.value(Metric.MISSES));
    assertEquals(1, text.value(Metric.ERRORS, "not_allowed"));
    assertEquals(0, text.value(Metric.ERRORS, "internal"));
    assertFalse(Measure.logged(measures).containsKey("errors.internal"), "not in the log yet");
    assertEquals(1, Measure.logged(measures).get("errors.not_allowed"));
    assertEquals(0, Measure.logged(measures).get("decisions.deny.app_suspended"));
  }

  @Test
  void hits_whileOthersCount_neverFall_seed7() throws Exception {
    var counters = new Counters();
    var hits =
        counters.measures().stream().filter(one -> one.metric() == Metric.HITS).findAny().get();
    try (var threads = Executors.newFixedThreadPool(2)) {
      var counting =
          threads.submit(() -> {
            var random = new SplittableRandom(7);
            for (int i = 0; i < 100_000; i++) {
              if (random.nextBoolean()) {
                counters.loaded(1);
              }
              counters.decided((DenyReason) null);
            }
          });
      double before = 0;
      while (!counting.isDone()) {
        double now = hits.value().getAsDouble();
        assertTrue(now >= before, () -> "fell to " + now);
        before = now;
      }
    }
    var random = new SplittableRandom(7);
    long loaded = IntStream.range(0, 100_000).filter(_ -> random.nextBoolean()).count();
    assertEquals((double) (100_000 - loaded), hits.value().getAsDouble());
  }

  @Test
  void scrape_doorsCountedSinceTheLast_areThere() {
    var doors = new DoorCounters(List.of("edge", "web"));
    var metrics = new Metrics(doors::measures, Map.of(), Map.of());
    assertFalse(text(metrics).types().containsKey(Metric.GATEWAY_REQUESTS.text()));
    doors.counted("edge", "allow", "granted");
    assertEquals(1, text(metrics).value(Metric.GATEWAY_REQUESTS, "edge", "allow", "granted"));
    doors.counted("edge", "allow", "granted");
    doors.counted("web", "deny", "no_token");
    PrometheusText text = text(metrics);
    assertEquals(2, text.value(Metric.GATEWAY_REQUESTS, "edge", "allow", "granted"));
    assertEquals(1, text.value(Metric.GATEWAY_REQUESTS, "web", "deny", "no_token"));
    assertEquals(
        Map.of("gateway.edge.allow.granted", 2L, "gateway.web.deny.no_token", 1L),
        Measure.logged(doors.measures()));
  }

  @Test
  void doorCounters_namesThatSomebodyMadeUp_areOneSeries() {
    var doors = new DoorCounters(List.of("edge"));
    for (int i = 0; i < 1_000; i++) {
      doors.counted("made-up-" + i, "deny", "bad_door_configuration");
    }
    assertEquals(1, doors.measures().size());
    assertEquals(
        1_000,
        text(new Metrics(doors::measures, Map.of(), Map.of()))
            .value(
                Metric.GATEWAY_REQUESTS,
                DoorCounters.UNKNOWN_DOOR,
                "deny",
                "bad_door_configuration"));
  }

  @Test
  void scrape_epochThatChanges_isOneSeries() {
    var epoch = new AtomicReference<>("first");
    var metrics = new Metrics(List::of, Map.of(Metric.STORE_INFO, epoch::get), Map.of());
    assertEquals(1, text(metrics).value(Metric.STORE_INFO, "first"));
    epoch.set("second");
    PrometheusText text = text(metrics);
    assertEquals(1, text.value(Metric.STORE_INFO, "second"));
    assertFalse(
        text.samples().containsKey(new Sample("consentry_store_info", Map.of("epoch", "first"))));
  }

  @Test
  void scrape_times_areCountedAtTheirBounds() {
    for (long micros : List.of(-5L, 0L, 1_000L, 1_001L, 10_000_000L, 10_000_001L)) {
      times.add(micros);
    }
    PrometheusText text = text(metrics(List.of()));
    assertEquals(3, bucket(text, "0.001"));
    assertEquals(4, bucket(text, "0.0025"));
    assertEquals(4, bucket(text, "5.0"));
    assertEquals(5, bucket(text, "10.0"));
    assertEquals(6, bucket(text, "+Inf"));
    assertEquals(6, text.count(Metric.REVOCATION_VISIBLE));
    assertEquals(
        20.002002,
        text.samples().get(new Sample(Metric.REVOCATION_VISIBLE.text() + "_sum", Map.of())),
        1e-9);
  }

  private static double bucket(PrometheusText text, String bound) {
    return text.samples()
        .get(new Sample(Metric.REVOCATION_VISIBLE.text() + "_bucket", Map.of("le", bound)));
  }

  @Test
  void scrape_eightAtOnce_areAllWhole() throws Exception {
    var metrics = metrics(oneOfEach());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all =
          threads.invokeAll(
              IntStream.range(0, 8)
                  .mapToObj(_ -> (Callable<PrometheusText>) () -> text(metrics))
                  .toList());
      for (var one : all) {
        assertEquals(Metric.values().length, one.get().types().size());
      }
    }
  }

  @Test
  void scrape_openMetrics_isItsForm() {
    Format format =
        Format.acceptedBy(
            List.of(
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"));
    assertEquals(Format.OPEN_METRICS, format);
    String text = metrics(oneOfEach()).scrape(format);
    assertTrue(text.endsWith("# EOF\n"), text);
    assertTrue(text.contains("# TYPE consentry_decisions counter\n"));
    assertTrue(text.contains("# TYPE consentry_build info\n"));
    assertEquals(Format.TEXT, Format.acceptedBy(List.of("*/*")));
    assertEquals(Format.TEXT, Format.acceptedBy(List.of()));
  }

  @Test
  void measure_otherLabelsThanItsMetricHas_isRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> Measure.of(Metric.DECISIONS, () -> 1, "allow"));
  }
}
