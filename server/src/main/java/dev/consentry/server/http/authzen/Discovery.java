package dev.consentry.server.http.authzen;

import dev.consentry.server.http.HttpCall;
import dev.consentry.server.http.HttpHeader;
import dev.consentry.server.http.HttpService;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * Says where the endpoints are: of the configured base URL, never of what a request calls this
 * host. Anybody may ask.
 */
final class Discovery implements HttpService {
  /** Between the host and the path of the base URL. */
  static final String WELL_KNOWN = "/.well-known/authzen-configuration";

  private final byte @Nullable [] metadata;
  private final Faults faults;

  /**
   * Composes it.
   *
   * @param baseUrl null if it is not configured: then there is nothing to be found
   */
  Discovery(@Nullable URI baseUrl, Faults faults) {
    this.metadata = baseUrl == null ? null : metadata(baseUrl.toString());
    this.faults = faults;
  }

  private static byte[] metadata(String base) {
    return Json.write(json -> {
      json.writeStringProperty("policy_decision_point", base);
      write(json, "access_evaluation_endpoint", base, AuthZen.EVALUATION);
      write(json, "access_evaluations_endpoint", base, AuthZen.EVALUATIONS);
      write(json, "search_subject_endpoint", base, AuthZen.SEARCH_SUBJECT);
      write(json, "search_resource_endpoint", base, AuthZen.SEARCH_RESOURCE);
      write(json, "search_action_endpoint", base, AuthZen.SEARCH_ACTION);
    });
  }

  private static void write(JsonGenerator json, String parameter, String base, String path) {
    json.writeStringProperty(parameter, base + path);
  }

  @Override
  public void answer(HttpCall call) {
    Exchange exchange = Exchange.begin(call, faults);
    if (exchange == null) {
      return;
    }
    if (metadata == null) {
      exchange.refuse(
          new Fault(Fault.NOT_FOUND, "NOT_FOUND", "there is nothing to be discovered here", null));
    } else if (call.method().equals("GET") || call.method().equals("HEAD")) {
      exchange.answer(metadata);
    } else {
      exchange.refuse(
          faults.counted(
              new Fault(
                  Fault.METHOD_NOT_ALLOWED, "INVALID_REQUEST", "the method must be GET", null)),
          new HttpHeader("Allow", "GET, HEAD"));
    }
  }
}
