package dev.consentry.server.http.authzen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.consentry.server.Seeds;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.http.authzen.Parts.SearchedFor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Any bytes as any body: it is refused, or means one thing. */
final class AuthZenFuzz {
  private static final JsonMapper LENIENT = new JsonMapper();
  private static final List<String> PATHS =
      List.of(
          AuthZen.EVALUATION,
          AuthZen.EVALUATIONS,
          AuthZen.SEARCH_SUBJECT,
          AuthZen.SEARCH_RESOURCE,
          AuthZen.SEARCH_ACTION);

  private static final Map<String, String> NAMED =
      Map.of("subject", "id", "action", "name", "resource", "id");

  private static final AuthZenDoor DOOR =
      AuthZenDoor.open()
          .app("ledger", "read", "write")
          .grant("acme", "ledger", "read")
          .grant("globex", "ledger", "read");

  @AfterAll
  static void close() {
    DOOR.close();
  }

  /** Reads one evaluation. */
  private interface Reader {
    Evaluation of(byte[] body);
  }

  private static Evaluation read(byte[] body) {
    return Parts.of(Json.object(body), SearchedFor.NOTHING).evaluation();
  }

  @FuzzTest
  void evaluation(byte[] input) {
    assertMeansOneThing(AuthZenFuzz::read, input);
  }

  @Test
  void evaluation_mutantThatTakesTheLastOfTwo_isFoundByASeed() {
    Seeds.of(this, "evaluation")
        .assertFinds(seed -> assertMeansOneThing(AuthZenFuzz::lenient, seed));
  }

  @Test
  void evaluation_mutantThatTakesNumbersForStrings_isFoundByASeed() {
    Seeds.of(this, "evaluation")
        .assertFinds(seed ->
            assertMeansOneThing(
                body -> {
                  ObjectNode object = Json.object(body);
                  JsonNode id = object.path("subject").path("id");
                  if (id.isNumber()) {
                    object.withObject("subject").put("id", id.asString());
                  }
                  return Parts.of(object, SearchedFor.NOTHING).evaluation();
                },
                seed));
  }

  /** Takes whatever Jackson does by default. */
  private static Evaluation lenient(byte[] body) {
    if (LENIENT.readTree(body) instanceof ObjectNode object) {
      return Parts.of(object, SearchedFor.NOTHING).evaluation();
    }
    throw new InvalidFieldsException(List.of());
  }

  private static void assertMeansOneThing(Reader reader, byte[] body) {
    Evaluation evaluation;
    try {
      evaluation = reader.of(body);
    } catch (InvalidFieldsException e) {
      return;
    }
    Map<String, List<String>> names = namesIn(body);
    assertEquals(List.of(evaluation.subject().id()), names.get("subject"));
    assertEquals(List.of(evaluation.action()), names.get("action"));
    assertEquals(List.of(evaluation.resource().id()), names.get("resource"));
  }

  /** All strings that stand for the id or the name of each, token by token. */
  private static Map<String, List<String>> namesIn(byte[] body) {
    var found =
        Map.<String, List<String>>of(
            "subject", new ArrayList<>(),
            "action", new ArrayList<>(),
            "resource", new ArrayList<>());
    try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), body)) {
      String top = "";
      int depth = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME && depth == 1) {
          top = json.currentName();
        } else if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token == JsonToken.VALUE_STRING
            && depth == 2
            && NAMED.getOrDefault(top, "").equals(json.currentName())) {
          found.getOrDefault(top, new ArrayList<>()).add(json.getString());
        }
      }
    }
    return found;
  }

  /** The first byte says which. */
  @FuzzTest
  void request(byte[] input) {
    if (input.length > 0) {
      assertAnswered(
          PATHS.get((input[0] & 0xFF) % PATHS.size()), Arrays.copyOfRange(input, 1, input.length));
    }
  }

  private static void assertAnswered(String path, byte[] body) {
    Reply reply =
        DOOR.send(new FakeCall("POST", path, body).with("Content-Type", "application/json"));
    assertTrue(Set.of(200, 400, 413, 503).contains(reply.status()), reply::toString);
    if (reply.status() != 200) {
      assertTrue(reply.problem(reply.status()).has("title"));
    } else if (path.startsWith("/access/v1/search/")) {
      assertTrue(reply.json().get("results").isArray());
      assertTrue(reply.json().get("page").get("next_token").isString());
    } else {
      assertTrue(reply.json().has("decision") != reply.json().has("evaluations"));
    }
  }

  /** Whatever is allowed is what was granted. */
  @Test
  void request_seeds_allowNothingButWhatWasGranted() {
    boolean allowed = false;
    for (byte[] seed : Seeds.of(this, "evaluation").inputs()) {
      Reply reply =
          DOOR.send(
              new FakeCall("POST", AuthZen.EVALUATION, seed)
                  .with("Content-Type", "application/json"));
      if (reply.status() == 200 && reply.decision()) {
        Evaluation evaluation = read(seed);
        assertEquals("ledger", evaluation.subject().id());
        assertEquals("read", evaluation.action());
        assertTrue(Set.of("acme", "globex").contains(evaluation.resource().id()));
        allowed = true;
      }
    }
    assertTrue(allowed, "no seed is allowed");
    assertFalse(DOOR.counters().snapshot().containsKey("errors.internal"));
  }
}
