package dev.consentry.server.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/**
 * Says in JSON why something was refused (RFC 9457).
 *
 * @param members in this order, after {@code type}, {@code title} and {@code status}
 */
public record Problem(int status, Map<String, Object> members) {
  /** The media type. */
  public static final String TYPE = "application/problem+json";

  private static final HttpHeader CONTENT_TYPE = new HttpHeader("Content-Type", TYPE);
  private static final JsonMapper JSON = new JsonMapper();

  public Problem {
    members = new LinkedHashMap<>(members);
  }

  /** Nothing is said beyond the status. */
  public static Problem of(int status) {
    return new Problem(status, Map.of());
  }

  /** The same, and one member more, at the end. */
  public Problem with(String name, Object value) {
    var more = new LinkedHashMap<>(members);
    more.put(name, value);
    return new Problem(status, more);
  }

  /** The body. */
  public byte[] json() {
    var all = new LinkedHashMap<String, Object>();
    all.put("type", "about:blank");
    all.put("title", title(status));
    all.put("status", status);
    all.putAll(members);
    return JSON.writeValueAsBytes(all);
  }

  /** The phrase of RFC 9110, which Jetty shortens in one case. */
  private static String title(int status) {
    return status == HttpStatus.INTERNAL_SERVER_ERROR_500
        ? "Internal Server Error"
        : HttpStatus.getMessage(status);
  }

  /** Answers a call with it. */
  public void answer(HttpCall call, HttpHeader... headers) {
    var all = new ArrayList<>(List.of(headers));
    all.add(CONTENT_TYPE);
    call.answer(status, all, json());
  }
}
