package dev.consentry.server.http.authzen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.http.HttpHeader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a request was answered. */
record Reply(int status, List<HttpHeader> headers, byte[] body) {
  private static final JsonMapper JSON = new JsonMapper();

  /** The body of a success, which is JSON. */
  JsonNode json() {
    assertEquals(200, status, this::toString);
    assertEquals("application/json", header("Content-Type"));
    return JSON.readTree(body);
  }

  /** The body of a failure, which is a problem with that status. */
  JsonNode problem(int expected) {
    assertEquals(expected, status, this::toString);
    assertEquals("application/problem+json", header("Content-Type"));
    JsonNode problem = JSON.readTree(body);
    assertEquals(expected, problem.get("status").intValue());
    return problem;
  }

  @Nullable String header(String name) {
    return headers.stream()
        .filter(header -> header.name().equalsIgnoreCase(name))
        .map(HttpHeader::value)
        .findFirst()
        .orElse(null);
  }

  boolean decision() {
    return json().get("decision").booleanValue();
  }

  String reason() {
    return json().get("context").get("reason").stringValue();
  }

  /** The decisions of several evaluations. */
  List<Boolean> decisions() {
    var decisions = new ArrayList<Boolean>();
    json().get("evaluations").forEach(each -> decisions.add(each.get("decision").booleanValue()));
    return decisions;
  }

  /** The ids, or the names, that a search found. */
  List<String> found() {
    var found = new ArrayList<String>();
    json()
        .get("results")
        .forEach(each ->
            found.add((each.has("name") ? each.get("name") : each.get("id")).stringValue()));
    return found;
  }

  String nextToken() {
    return json().get("page").get("next_token").stringValue();
  }

  @Override
  public String toString() {
    return status + " " + headers + " " + new String(body, StandardCharsets.UTF_8);
  }
}
