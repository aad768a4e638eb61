package dev.consentry.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documentation, held against what there is. */
final class MetricsDocTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final Pattern OURS = Pattern.compile("\\bconsentry_[a-z_]+");
  private static final Pattern OF_HISTOGRAM = Pattern.compile("_(bucket|count|sum)$");

  /** Type, unit and labels of a metric stand in its row, and nothing else has a row. */
  @Test
  void docs_table_listsExactlyTheMetricsThatExist() throws IOException {
    List<String> rows =
        Files.readString(DOCS.resolve("metrics.md"))
            .lines()
            .filter(line -> line.matches("\\| `[a-z_]+` \\| (counter|gauge|histogram|info) \\|.*"))
            .map(line -> line.substring(0, ordinalIndexOf(line, 5)))
            .toList();
    assertEquals(Stream.of(Metric.values()).map(MetricsDocTest::row).toList(), rows);
  }

  private static int ordinalIndexOf(String line, int bar) {
    int at = -1;
    for (int i = 0; i < bar; i++) {
      at = line.indexOf('|', at + 1);
    }
    return at;
  }

  private static String row(Metric metric) {
    String labels =
        metric.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", "));
    return Stream.of(
            "`" + metric.text() + "`",
            metric.kind().name().toLowerCase(Locale.ROOT),
            unit(metric.text()),
            labels)
        .map(cell -> cell.isEmpty() ? "| " : "| " + cell + " ")
        .collect(Collectors.joining());
  }

  private static String unit(String name) {
    return name.matches(".*_seconds(_total)?") ? "seconds" : name.endsWith("_bytes") ? "bytes" : "";
  }

  @Test
  void docs_examplesOfRules_nameOnlyMetricsThatExist() throws IOException {
    Set<String> known = Stream.of(Metric.values()).map(Metric::text).collect(Collectors.toSet());
    for (Path file : List.of(DOCS.resolve("metrics.md"), DOCS.resolve("examples/alerts.yaml"))) {
      List<String> named =
          OURS.matcher(Files.readString(file)).results().map(found -> found.group()).toList();
      assertFalse(named.isEmpty());
      for (String name : named) {
        assertTrue(
            known.contains(name) || known.contains(OF_HISTOGRAM.matcher(name).replaceFirst("")),
            () -> file + " names " + name);
      }
    }
  }

  /** Prometheus' conventions, as far as {@code promtool check metrics} does not hold them. */
  @Test
  void names_everyMetric_followTheConventions() {
    for (Metric metric : Metric.values()) {
      String name = metric.text();
      assertEquals(metric.kind() == Metric.Kind.COUNTER, name.endsWith("_total"), name);
      assertEquals(metric.kind() == Metric.Kind.INFO, name.endsWith("_info"), name);
      assertTrue(metric.help().endsWith(".") || metric.help().contains(": "), name);
    }
  }
}
