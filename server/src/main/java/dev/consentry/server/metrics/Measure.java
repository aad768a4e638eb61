package dev.consentry.server.metrics;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One number that the server tells of itself, and where it comes from: asked for by any thread,
 * whenever it is wanted.
 *
 * @param labels the values of the metric's labels, in their order
 * @param inLog what the line in the log calls it; null if it is not there
 */
public record Measure(
    Metric metric, List<String> labels, DoubleSupplier value, @Nullable InLog inLog) {
  /**
   * How the line in the log tells it.
   *
   * @param evenIfZero whether it is there before there was anything to count
   */
  public record InLog(String name, boolean evenIfZero) {}

  public Measure {
    if (labels.size() != metric.labels().size()) {
      throw new IllegalArgumentException(
          "`%s` has the labels %s, not %s".formatted(metric.text(), metric.labels(), labels));
    }
  }

  /** One that the log does not tell. */
  public static Measure of(Metric metric, DoubleSupplier value, String... labels) {
    return new Measure(metric, List.of(labels), value, null);
  }

  /** The same, told by the log under this name as well. */
  public Measure inLog(String name) {
    return new Measure(metric, labels, value, new InLog(name, true));
  }

  /** As {@link #inLog}, once it is not zero. */
  public Measure inLogOnceCounted(String name) {
    return new Measure(metric, labels, value, new InLog(name, false));
  }

  /** What the log tells of these, by name and sorted. */
  public static Map<String, Long> logged(Collection<Measure> measures) {
    var counts = new TreeMap<String, Long>();
    for (Measure measure : measures) {
      if (measure.inLog != null) {
        long value = (long) measure.value.getAsDouble();
        if (value != 0 || measure.inLog.evenIfZero()) {
          counts.put(measure.inLog.name(), value);
        }
      }
    }
    return Collections.unmodifiableMap(counts);
  }
}
