package dev.consentry.cli.bench;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What came of a load.
 *
 * @param started when the warm-up began
 * @param seconds measured, until the last answer if that came later
 * @param endedEarly whether somebody ended it
 * @param asked questions sent
 * @param unsent questions that were due and could not be sent
 * @param outcomes answers of each kind: {@code ALLOW}, {@code DENY NO_GRANT} and so on
 * @param failures questions without an answer, by gRPC code and error reason
 * @param heldUp how often a call waited because as many as may be were in flight
 * @param cpuCores processor time that the generator itself took, in seconds per second
 * @param latency of calls that brought answers, in nanoseconds
 * @param lateness of calls that were sent, in nanoseconds after they were due
 * @param timeline second by second
 */
public record Report(
    String server,
    Settings settings,
    Instant started,
    double seconds,
    boolean endedEarly,
    long asked,
    long unsent,
    Map<String, Long> outcomes,
    Map<String, Long> failures,
    long heldUp,
    double cpuCores,
    Histogram latency,
    Histogram lateness,
    List<Second> timeline) {
  /** An achieved rate below this part of the asked one is worth a word. */
  static final double ACHIEVED_ENOUGH = 0.99;

  /** The percentiles that are told by name. */
  public static final Map<String, Double> PERCENTILES = named();

  public long answers() {
    return outcomes.values().stream().mapToLong(Long::longValue).sum();
  }

  public long errors() {
    return failures.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Answers each second. Errors are none. */
  public double achievedPerSecond() {
    return seconds == 0 ? 0 : answers() / seconds;
  }

  /** Questions each second: as set in an open loop, as sent in a closed one. */
  public double askedPerSecond() {
    return settings.pace() instanceof Pace.Open open
        ? open.ratePerSecond()
        : seconds == 0 ? 0 : asked / seconds;
  }

  /** Whether calls were sent on a schedule, and may have been late. */
  public boolean open() {
    return settings.pace() instanceof Pace.Open;
  }

  /** The latency that this part of calls did not exceed, in nanoseconds. */
  public long nanosAt(double percentile) {
    return at(latency, percentile);
  }

  /** How late this part of calls were sent at most, in nanoseconds. */
  public long lateNanosAt(double percentile) {
    return at(lateness, percentile);
  }

  /** Why less was achieved than asked; empty if nothing was, or in a closed loop. */
  public String shortfall() {
    if (!(settings.pace() instanceof Pace.Open)
        || seconds == 0
        || achievedPerSecond() >= ACHIEVED_ENOUGH * askedPerSecond()) {
      return "";
    }
    double missing = askedPerSecond() * seconds - answers();
    if (errors() >= missing / 2) {
      return "errors";
    }
    if (heldUp > 0) {
      return Amounts.count(Pace.IN_FLIGHT_MAX)
          + " calls were in flight, as many as may be: answers came too slowly";
    }
    return unsent > 0
        ? "this machine could not send faster (bench used " + Amounts.cores(cpuCores) + ")"
        : "answers came late: after the last question was sent";
  }

  /** 0 where nothing was recorded. */
  static long at(Histogram histogram, double percentile) {
    return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percentile);
  }

  private static Map<String, Double> named() {
    Map<String, Double> named = new LinkedHashMap<>();
    named.put("p50", 50.0);
    named.put("p90", 90.0);
    named.put("p99", 99.0);
    named.put("p99.9", 99.9);
    named.put("max", 100.0);
    return Collections.unmodifiableMap(named);
  }
}
