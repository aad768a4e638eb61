package dev.consentry.server.metrics;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * What the doors for gateways have answered. To count allocates nothing, but for the first time of
 * each reason.
 */
public final class DoorCounters {
  /**
   * Stands for every door that is not in the configuration: a caller who makes names up makes no
   * metrics. No door can be called so.
   */
  public static final String UNKNOWN_DOOR = "(unknown)";

  /** The doors, their outcomes and reasons. */
  private final Map<String, Map<String, Map<String, LongAdder>>> doors;

  /**
   * Nothing is counted yet.
   *
   * @param names of the doors in the configuration
   */
  public DoorCounters(Collection<String> names) {
    var known = names.stream().collect(Collectors.toMap(name -> name, _ -> outcomes()));
    known.put(UNKNOWN_DOOR, outcomes());
    doors = Map.copyOf(known);
  }

  private static Map<String, Map<String, LongAdder>> outcomes() {
    return new ConcurrentHashMap<>();
  }

  /**
   * A door has answered.
   *
   * @param outcome one of few, in lower case: {@code allow}
   * @param reason one of few, in lower case: {@code grant_revoked}. Never what somebody sent
   */
  public void counted(String door, String outcome, String reason) {
    var outcomes = doors.get(door);
    if (outcomes == null) {
      outcomes = requireNonNull(doors.get(UNKNOWN_DOOR));
    }
    var reasons = outcomes.get(outcome);
    LongAdder count = reasons == null ? null : reasons.get(reason);
    (count == null ? first(outcomes, outcome, reason) : count).increment();
  }

  /* Apart, since it may wait for a lock. */
  private static LongAdder first(
      Map<String, Map<String, LongAdder>> outcomes, String outcome, String reason) {
    return outcomes
        .computeIfAbsent(outcome, _ -> new ConcurrentHashMap<>())
        .computeIfAbsent(reason, _ -> new LongAdder());
  }

  /** As many as were counted so far. */
  public List<Measure> measures() {
    var measures = new ArrayList<Measure>();
    doors.forEach((door, outcomes) ->
        outcomes.forEach((outcome, reasons) ->
            reasons.forEach((reason, count) ->
                measures.add(
                    Measure.of(Metric.GATEWAY_REQUESTS, count::sum, door, outcome, reason)
                        .inLog("gateway.%s.%s.%s".formatted(door, outcome, reason))))));
    return measures;
  }
}
