package dev.consentry.server;

import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.http.HttpPort;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.rpc.OpenCalls;
import dev.consentry.server.table.GrantTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All that the server counts and measures of itself, in one list: the line in the log and the page
 * of metrics are both made of it, so that nothing is counted twice.
 */
final class Measured {
  private final List<Measure> parts;
  private final DoorCounters doors;

  /**
   * All of these.
   *
   * @param parts what each part of the server measures
   * @param doors what comes to be counted only while it serves
   */
  Measured(List<List<Measure>> parts, DoorCounters doors) {
    this.parts = new CopyOnWriteArrayList<>(parts.stream().flatMap(List::stream).toList());
    this.doors = doors;
  }

  /** Of the calls of services, and of those that anybody may make. */
  static List<Measure> ofCalls(OpenCalls calls, OpenCalls publicCalls) {
    return List.of(
        Measure.of(Metric.CALLS_OPEN, calls::open, "calls").inLog("calls.open"),
        Measure.of(Metric.CALLS_OPEN, publicCalls::open, "public"),
        Measure.of(Metric.CALLS_REFUSED, calls::refused, "calls").inLog("calls.refused"),
        Measure.of(Metric.CALLS_REFUSED, publicCalls::refused, "public"),
        Measure.of(Metric.CALLS_WITHOUT_REQUEST, calls::withoutRequest, "calls")
            .inLog("calls.without_request"),
        Measure.of(Metric.CALLS_WITHOUT_REQUEST, publicCalls::withoutRequest, "public"));
  }

  /** Of the server as a whole. */
  static List<Measure> ofServer(ServerConfig config, Health health, GrantTable table) {
    return List.of(
        Measure.of(Metric.READY, () -> health.isServing() && table.isFresh() ? 1 : 0),
        Measure.of(Metric.STALENESS_MAX, () -> config.maxStaleness().toMillis() / 1e3),
        Measure.of(Metric.TABLE_BYTES_MAX, config::tableBytes));
  }

  /** Of the HTTP port, which is there only when all else is. */
  static List<Measure> ofHttp(HttpPort port) {
    return List.of(
        ofHttp(port, Metric.CONNECTIONS_OPEN, "http.connections"),
        ofHttp(port, Metric.CONNECTIONS_REFUSED, "http.connections.refused"),
        ofHttp(port, Metric.CALLS_OPEN, "http.requests"),
        ofHttp(port, Metric.CALLS_REFUSED, "http.requests.shed"));
  }

  private static Measure ofHttp(HttpPort port, Metric metric, String name) {
    return Measure.of(metric, () -> port.counts().getOrDefault(name, 0L), "http").inLog(name);
  }

  /** These too, from now on. */
  void add(List<Measure> more) {
    parts.addAll(more);
  }

  /** As many as there are by now. */
  List<Measure> all() {
    var all = new ArrayList<>(parts);
    all.addAll(doors.measures());
    return all;
  }

  /** What the line in the log says. */
  Map<String, Long> logged() {
    return Measure.logged(all());
  }
}
