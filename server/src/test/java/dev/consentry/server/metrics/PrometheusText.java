package dev.consentry.server.metrics;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page in Prometheus' text format, taken apart by its grammar. Fails where a line is none, where
 * a sample comes twice, or where one has no type and help before it.
 *
 * @param samples their values by name and labels
 */
public record PrometheusText(
    Map<String, String> types, Map<String, String> helps, Map<Sample, Double> samples) {
  private static final Pattern LINE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([^ ]+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(?:,|$)");

  /** One series. */
  public record Sample(String name, Map<String, String> labels) {}

  /** Reads a page. */
  public static PrometheusText parse(String page) {
    assertTrue(page.endsWith("\n"), "the last line ends too");
    var text = new PrometheusText(new HashMap<>(), new HashMap<>(), new HashMap<>());
    page.lines().forEach(text::read);
    return text;
  }

  private void read(String line) {
    if (line.startsWith("# HELP ")) {
      String[] parts = line.split(" ", 4);
      assertNull(helps.put(parts[2], unescaped(parts[3])), "help comes twice: " + line);
    } else if (line.startsWith("# TYPE ")) {
      String[] parts = line.split(" ", 4);
      assertNull(types.put(parts[2], parts[3]), "a type comes twice: " + line);
    } else {
      readSample(line);
    }
  }

  private void readSample(String line) {
    Matcher parts = LINE.matcher(line);
    assertTrue(parts.matches(), "no sample: " + line);
    var sample = new Sample(parts.group(1), labels(parts.group(2) == null ? "" : parts.group(2)));
    String family = sample.name().replaceFirst("_(bucket|count|sum)$", "");
    assertNotNull(types.get(types.containsKey(family) ? family : sample.name()), line);
    assertNotNull(helps.get(helps.containsKey(family) ? family : sample.name()), line);
    double value =
        switch (parts.group(3)) {
          case "+Inf" -> Double.POSITIVE_INFINITY;
          case "-Inf" -> Double.NEGATIVE_INFINITY;
          default -> Double.parseDouble(parts.group(3));
        };
    assertNull(samples.put(sample, value), "a sample comes twice: " + line);
  }

  private static Map<String, String> labels(String text) {
    var labels = new TreeMap<String, String>();
    Matcher label = LABEL.matcher(text);
    int at = 0;
    while (at < text.length()) {
      assertTrue(label.find(at) && label.start() == at, "no labels: " + text);
      assertNull(labels.put(label.group(1), unescaped(label.group(2))), "a label comes twice");
      at = label.end();
    }
    return labels;
  }

  private static String unescaped(String text) {
    return text.replace("\\\\", "\0")
        .replace("\\n", "\n")
        .replace("\\\"", "\"")
        .replace('\0', '\\');
  }

  /** The value of one series; fails if it is not there. */
  public double value(Metric metric, String... labels) {
    Double value = samples.get(new Sample(metric.text(), labels(metric, labels)));
    assertNotNull(value, () -> metric + " " + List.of(labels) + " is not there");
    return value;
  }

  private static Map<String, String> labels(Metric metric, String... values) {
    var labels = new TreeMap<String, String>();
    for (int i = 0; i < values.length; i++) {
      labels.put(metric.labels().get(i), values[i]);
    }
    return labels;
  }

  /** How many a histogram has, in all. */
  public double count(Metric metric) {
    Double count = samples.get(new Sample(metric.text() + "_count", Map.of()));
    assertNotNull(count, () -> metric + " is not there");
    return count;
  }
}
