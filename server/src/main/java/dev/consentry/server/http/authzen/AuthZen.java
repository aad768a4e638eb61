package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.door.DoorLog;
import dev.consentry.server.gateway.AuthZenSettings;
import dev.consentry.server.http.HttpRoute;
import dev.consentry.server.http.HttpService;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.table.DecisionPoint;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The door of AuthZEN 1.0, ready to be served. */
public final class AuthZen {
  static final String EVALUATION = "/access/v1/evaluation";
  static final String EVALUATIONS = "/access/v1/evaluations";
  static final String SEARCH_SUBJECT = "/access/v1/search/subject";
  static final String SEARCH_RESOURCE = "/access/v1/search/resource";
  static final String SEARCH_ACTION = "/access/v1/search/action";

  /** Those that are not right are refused here: so the request's id comes back. */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

  private final List<HttpRoute> routes;

  /**
   * Composes it.
   *
   * @param table may refuse to ask the store
   * @param reads may refuse to ask the store
   * @param virtualThreads runs what may block
   * @param log hears of decisions, by the name {@value Decider#DOOR}
   */
  public AuthZen(
      AuthZenSettings settings,
      DecisionPoint table,
      ConsentReads reads,
      CallerOf callers,
      Executor virtualThreads,
      Counters counters,
      DoorLog log) {
    var faults = new Faults(counters);
    var vocabulary = Vocabulary.of(settings);
    var decider = new Decider(table, counters, log);
    var searches = new Searches(reads, vocabulary);
    var single = new EvaluationEndpoint(vocabulary, decider);
    var endpoints = new LinkedHashMap<String, Endpoint>();
    endpoints.put(EVALUATION, single);
    endpoints.put(EVALUATIONS, new EvaluationsEndpoint(vocabulary, decider, single, faults));
    for (Search search : Search.values()) {
      endpoints.put(path(search), new SearchEndpoint(search, searches, vocabulary, virtualThreads));
    }
    String basePath = path(settings.baseUrl());
    var all = new ArrayList<HttpRoute>();
    endpoints.forEach((path, endpoint) -> {
      var entrance = new Entrance(callers, virtualThreads, faults, endpoint);
      all.add(route(path, entrance));
      if (!basePath.isEmpty()) {
        all.add(route(basePath + path, entrance));
      }
    });
    all.add(route(Discovery.WELL_KNOWN + basePath, new Discovery(settings.baseUrl(), faults)));
    routes = List.copyOf(all);
  }

  private static String path(Search search) {
    return switch (search) {
      case SUBJECT -> SEARCH_SUBJECT;
      case RESOURCE -> SEARCH_RESOURCE;
      case ACTION -> SEARCH_ACTION;
    };
  }

  private static String path(@Nullable URI baseUrl) {
    return baseUrl == null ? "" : baseUrl.getRawPath();
  }

  private static HttpRoute route(String path, HttpService service) {
    return new HttpRoute(path, METHODS, service);
  }

  /**
   * Where it answers: at the paths of the specification, below the path of the base URL too, so
   * that it does not matter whether a proxy takes that off.
   */
  public List<HttpRoute> routes() {
    return routes;
  }
}
