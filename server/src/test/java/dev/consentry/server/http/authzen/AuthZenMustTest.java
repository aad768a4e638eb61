package dev.consentry.server.http.authzen;

import static dev.consentry.server.http.authzen.AuthZenDoor.evaluation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Each thing that the Authorization API 1.0 asks of a PDP with a MUST, and some with a SHOULD. In
 * brackets: the section. What it asks of PEPs, of other documents and of IANA is not here.
 */
final class AuthZenMustTest {
  private static final AuthZenDoor DOOR =
      AuthZenDoor.open()
          .app("ledger", "read", "write", "send")
          .app("mail", "read")
          .grant("acme", "ledger", "read", "write")
          .grant("acme", "mail", "read")
          .grant("globex", "ledger", "read");

  @AfterAll
  static void close() {
    DOOR.close();
  }

  /** [API Version] An added parameter of ours changes nothing of the API where it is not given. */
  @Test
  void version_withoutOurContext_isThePlainApi() {
    JsonNode json = DOOR.evaluate(evaluation("ledger", "read", "acme")).json();
    assertTrue(json.get("decision").booleanValue());
  }

  /** [Subject, Resource, Action] {@code type}, {@code id} and {@code name} are strings. */
  @ParameterizedTest
  @ValueSource(strings = {"null", "1", "true", "[\"ledger\"]", "{\"a\":1}"})
  void entities_keysOfAnotherType_are400(String value) {
    String json = evaluation("ledger", "read", "acme");
    for (String key : List.of("\"app\"", "\"ledger\"", "\"read\"", "\"account\"", "\"acme\"")) {
      DOOR.evaluate(json.replace(key, value)).problem(400);
    }
  }

  /**
   * [Subject, Resource, Action, Context] Their optional keys are objects; null is their absence.
   */
  @Test
  void entities_optionalKeys_areObjects() {
    String json = evaluation("ledger", "read", "acme");
    for (String entity : List.of("ledger", "read", "acme")) {
      String key = "\"" + entity + "\"";
      assertTrue(
          DOOR.evaluate(json.replace(key, key + ",\"properties\":{\"a\":[null,1,\"x\"]}"))
              .decision());
      assertTrue(DOOR.evaluate(json.replace(key, key + ",\"properties\":null")).decision());
      for (String bad : List.of("1", "\"x\"", "[]", "true")) {
        DOOR.evaluate(json.replace(key, key + ",\"properties\":" + bad)).problem(400);
      }
    }
    String start = json.substring(0, json.length() - 1);
    assertTrue(DOOR.evaluate(start + ",\"context\":null}").decision());
    for (String bad : List.of("1", "\"x\"", "[]", "false")) {
      DOOR.evaluate(start + ",\"context\":" + bad + "}").problem(400);
    }
  }

  /** [Decision] {@code decision} is a boolean, {@code context} an object. A denial is a 200. */
  @Test
  void decision_allowedOrNot_isABooleanWithAnObject() {
    JsonNode yes = DOOR.evaluate(evaluation("ledger", "read", "acme")).json();
    assertTrue(yes.get("decision").isBoolean() && yes.get("decision").booleanValue());
    assertEquals(DOOR.revision().token(), yes.get("context").get("revision").stringValue());
    assertFalse(yes.get("context").has("reason"));
    JsonNode no = DOOR.evaluate(evaluation("ledger", "send", "acme")).json();
    assertTrue(no.get("decision").isBoolean() && !no.get("decision").booleanValue());
    assertEquals("SCOPE_NOT_GRANTED", no.get("context").get("reason").stringValue());
    assertEquals(DOOR.revision().token(), no.get("context").get("revision").stringValue());
  }

  /** [Access Evaluation API Request] subject, action and resource are required. */
  @ParameterizedTest
  @ValueSource(strings = {"subject", "action", "resource"})
  void evaluation_withoutARequiredKey_is400(String key) {
    String json = evaluation("ledger", "read", "acme").replace(key, "no" + key);
    assertTrue(
        DOOR.evaluate(json).problem(400).get("detail").stringValue().contains("`" + key + "`"));
  }

  /** [Access Evaluations API Request] Without evaluations, or with none, it is a single one. */
  @Test
  void evaluations_absentOrEmpty_areASingleDecision() {
    String json = evaluation("ledger", "read", "acme");
    String start = json.substring(0, json.length() - 1);
    for (String with : List.of("}", ",\"evaluations\":[]}", ",\"evaluations\":null}")) {
      JsonNode reply = DOOR.evaluateAll(start + with).json();
      assertTrue(reply.get("decision").booleanValue());
      assertFalse(reply.has("evaluations"));
    }
    DOOR.evaluateAll(start + ",\"evaluations\":{}}").problem(400);
  }

  /** [Default values] A key of an evaluation replaces the default as a whole. */
  @Test
  void defaults_overridden_areReplacedWhole() {
    Reply reply =
        DOOR.evaluateAll(
            """
            {"subject":{"type":"app","id":"ledger"},"action":{"name":"write"},
             "resource":{"type":"account","id":"acme"},
             "evaluations":[{},
               {"subject":{"type":"app","id":"mail"}},
               {"action":{"name":"send"}},
               {"resource":{"type":"account","id":"globex"}},
               {"resource":{"id":"acme"}},
               {"subject":null}]}\
            """);
    assertEquals(List.of(true, false, false, false, false, false), reply.decisions());
    JsonNode evaluations = reply.json().get("evaluations");
    for (int failed : List.of(4, 5)) {
      JsonNode error = evaluations.get(failed).get("context").get("error");
      assertEquals(400, error.get("status").intValue());
      assertTrue(error.get("message").isString());
    }
  }

  /** [Default values] What an evaluation leaves out has to be at the top: else it fails, alone. */
  @Test
  void defaults_missing_failTheirEvaluationAlone() {
    Reply reply =
        DOOR.evaluateAll(
            """
            {"subject":{"type":"app","id":"ledger"},
             "evaluations":[{"action":{"name":"read"},"resource":{"type":"account","id":"acme"}},
               {"action":{"name":"read"}},{},7]}\
            """);
    assertEquals(List.of(true, false, false, false), reply.decisions());
  }

  /** [Evaluations semantics] All three, and nothing else. */
  @Test
  void semantics_all_endWhereTheyShould() {
    assertEquals(List.of(false, true, false, true), semantic("\"execute_all\"").decisions());
    assertEquals(List.of(false), semantic("\"deny_on_first_deny\"").decisions());
    assertEquals(List.of(false, true), semantic("\"permit_on_first_permit\"").decisions());
    for (String unknown : List.of("\"EXECUTE_ALL\"", "\"\"", "null", "1", "[]")) {
      semantic(unknown).problem(400);
    }
  }

  private Reply semantic(String semantic) {
    return DOOR.evaluateAll(
        """
        {"subject":{"type":"app","id":"ledger"},"resource":{"type":"account","id":"acme"},
         "options":{"evaluations_semantic":%s,"another":1},
         "evaluations":[{"action":{"name":"send"}},{"action":{"name":"read"}},{},
           {"action":{"name":"write"}}]}\
        """
            .formatted(semantic));
  }

  /** [Evaluations semantics] {@code execute_all} is the default; a failure is a denial. */
  @Test
  void semantics_absentOrAnError_areAllOrADenial() {
    String two =
        """
        {"subject":{"type":"app","id":"ledger"},"resource":{"type":"account","id":"acme"},%s
         "evaluations":[{"action":{"name":"read"}},{},{"action":{"name":"read"}}]}\
        """;
    assertEquals(List.of(true, false, true), DOOR.evaluateAll(two.formatted("")).decisions());
    assertEquals(
        List.of(true, false, true), DOOR.evaluateAll(two.formatted("\"options\":{},")).decisions());
    assertEquals(
        List.of(true, false),
        DOOR.evaluateAll(
                two.formatted("\"options\":{\"evaluations_semantic\":\"deny_on_first_deny\"},"))
            .decisions());
    DOOR.evaluateAll(two.formatted("\"options\":[],")).problem(400);
  }

  /** [Access Evaluations API Response] Same order, same number, and no decision beside them. */
  @Test
  void evaluations_response_hasOneDecisionEachInOrder() {
    Reply reply =
        DOOR.evaluateAll(
            """
            {"action":{"name":"read"},"subject":{"type":"app","id":"mail"},
             "evaluations":[{"resource":{"type":"account","id":"globex"}},
               {"resource":{"type":"account","id":"acme"}},
               {"resource":{"type":"spaceship","id":"acme"}}]}\
            """);
    assertEquals(List.of(false, true, false), reply.decisions());
    assertFalse(reply.json().has("decision"));
  }

  /** [Pagination] A page that is not the last has a token that is not empty, the last an empty. */
  @Test
  void pagination_untilTheEmptyToken_bringsAll() {
    Reply first = subjects(",\"page\":{\"limit\":1}");
    assertEquals(List.of("ledger"), first.found());
    assertFalse(first.nextToken().isEmpty());
    Reply last = subjects(",\"page\":{\"limit\":1,\"token\":\"%s\"}".formatted(first.nextToken()));
    assertEquals(List.of("mail"), last.found());
    assertEquals("", last.nextToken());
    assertEquals("page", subjects("").json().propertyNames().iterator().next());
  }

  private Reply subjects(String more) {
    return DOOR.post(
        AuthZen.SEARCH_SUBJECT,
        """
        {"subject":{"type":"app"},"action":{"name":"read"},
         "resource":{"type":"account","id":"acme"}%s}\
        """
            .formatted(more));
  }

  /** [Pagination] Whatever else is not the same as before is an error. */
  @Test
  void pagination_somethingElseAsked_is400() {
    String token = subjects(",\"page\":{\"limit\":1}").nextToken();
    String page = ",\"page\":{\"token\":\"%s\"}".formatted(token);
    assertEquals(List.of("mail"), subjects(page).found());
    subjects(page.replace("{\"token\"", "{\"limit\":2,\"token\"")).problem(400);
    subjects(page.replace("{\"token\"", "{\"properties\":{\"a\":1},\"token\"")).problem(400);
    subjects(page + ",\"context\":{\"time\":\"now\"}").problem(400);
    for (String json :
        List.of(
            evaluation("x", "write", "acme"),
            evaluation("x", "read", "globex"),
            evaluation("x", "read", "acme")
                .replace("\"id\":\"acme\"", "\"id\":\"acme\",\"properties\":{\"a\":1}"))) {
      DOOR.post(AuthZen.SEARCH_SUBJECT, json.substring(0, json.length() - 1) + page + "}")
          .problem(400);
    }
  }

  /** [Paginated Requests] A limit is a whole number and not negative. */
  @Test
  void pagination_limit_isNotNegative() {
    for (String bad : List.of("-1", "1.5", "\"1\"", "true", "[]", "1e0")) {
      subjects(",\"page\":{\"limit\":%s}".formatted(bad)).problem(400);
    }
    for (String good : List.of("1000", "1001", "9".repeat(500), "null")) {
      assertEquals(2, subjects(",\"page\":{\"limit\":%s}".formatted(good)).found().size());
    }
    Reply none = subjects(",\"page\":{\"limit\":0}");
    assertEquals(List.of(), none.found());
    assertFalse(none.nextToken().isEmpty());
    subjects(",\"page\":[]").problem(400);
    subjects(",\"page\":{\"token\":1}").problem(400);
  }

  /** [Search response, Subject Search] Only what was searched for; its id is passed over. */
  @Test
  void subjectSearch_withAnId_passesItOver() {
    List<String> found = subjects("").found();
    assertEquals(List.of("ledger", "mail"), found);
    for (String id : List.of("\"mail\"", "7", "null", "{}")) {
      Reply reply =
          DOOR.post(AuthZen.SEARCH_SUBJECT, evaluation("x", "read", "acme").replace("\"x\"", id));
      assertEquals(found, reply.found());
      reply.json().get("results").forEach(r -> assertEquals("app", r.get("type").stringValue()));
    }
  }

  /** [Resource Search] The same of resources. */
  @Test
  void resourceSearch_withAnId_passesItOver() {
    for (String id : List.of("\"acme\"", "\"x\"", "7")) {
      Reply reply =
          DOOR.post(
              AuthZen.SEARCH_RESOURCE, evaluation("ledger", "read", "y").replace("\"y\"", id));
      assertEquals(List.of("acme", "globex"), reply.found());
      reply
          .json()
          .get("results")
          .forEach(r -> assertEquals("account", r.get("type").stringValue()));
    }
  }

  /** [Search APIs] A type is required, and ids of all but what is searched for. */
  @Test
  void search_requiredKeyMissing_is400() {
    String json = evaluation("ledger", "read", "acme");
    for (String path : List.of(AuthZen.SEARCH_SUBJECT, AuthZen.SEARCH_RESOURCE)) {
      for (String key : List.of("subject", "action", "resource", "type", "name")) {
        DOOR.post(path, json.replaceFirst("\"" + key, "\"no" + key)).problem(400);
      }
    }
    DOOR.post(AuthZen.SEARCH_SUBJECT, json.replace("\"id\":\"acme\"", "\"x\":1")).problem(400);
    DOOR.post(AuthZen.SEARCH_RESOURCE, json.replace("\"id\":\"ledger\"", "\"x\":1")).problem(400);
    for (String key : List.of("subject", "resource", "type", "id")) {
      DOOR.post(AuthZen.SEARCH_ACTION, json.replaceFirst("\"" + key, "\"no" + key)).problem(400);
    }
  }

  /** [Action Search] The action is not asked for; results have names. */
  @Test
  void actionSearch_whateverItsAction_findsNames() {
    String json = evaluation("ledger", "read", "acme");
    for (String action : List.of("\"action\":{\"name\":\"read\"}", "\"action\":7", "\"x\":{}")) {
      Reply reply =
          DOOR.post(AuthZen.SEARCH_ACTION, json.replace("\"action\":{\"name\":\"read\"}", action));
      assertEquals(List.of("read", "write"), reply.found());
      reply.json().get("results").forEach(r -> assertTrue(r.get("name").isString()));
    }
  }

  /** [Obtaining metadata] A GET, a 200 with JSON; parameters without a value are left out. */
  @Test
  void metadata_get_namesTheBaseUrlAsItIsConfigured() {
    var call =
        new FakeCall("GET", "/.well-known/authzen-configuration", new byte[0])
            .with("Host", "evil.example.com")
            .with("X-Forwarded-Host", "evil.example.com");
    Reply reply = DOOR.send(call);
    assertEquals(
        "https://pdp.example.com", reply.json().get("policy_decision_point").stringValue());
    assertFalse(new String(reply.body(), StandardCharsets.UTF_8).contains("evil"));
    reply.json().forEach(value -> assertTrue(value.isString()));
    DOOR.send(new FakeCall("POST", "/.well-known/authzen-configuration", new byte[0])).problem(405);
  }

  /** [HTTPS JSON Binding] Requests are POSTs with {@code application/json}. */
  @Test
  void binding_anotherMethodOrType_isRefused() {
    for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
      Reply reply = DOOR.send(new FakeCall(method, AuthZen.EVALUATION, new byte[0]));
      reply.problem(405);
      assertEquals("POST", reply.header("Allow"));
    }
    byte[] json = evaluation("ledger", "read", "acme").getBytes(StandardCharsets.UTF_8);
    for (String type :
        List.of(
            "text/plain",
            "application/json;charset=utf-16",
            "application/json;charset=iso-8859-1",
            "application/json;a=b",
            "application/json; charset=utf-8; charset=utf-8",
            "application/jsonp",
            "application/json, application/json",
            "")) {
      DOOR.send(new FakeCall("POST", AuthZen.EVALUATION, json).with("Content-Type", type))
          .problem(400);
    }
    DOOR.send(new FakeCall("POST", AuthZen.EVALUATION, json)).problem(400);
    DOOR.send(
            new FakeCall("POST", AuthZen.EVALUATION, json)
                .with("Content-Type", "application/json")
                .with("Content-Type", "application/json"))
        .problem(400);
    for (String type :
        List.of(
            "application/json",
            "Application/JSON",
            "application/json; charset=UTF-8",
            "application/json;charset=\"utf-8\"")) {
      assertTrue(
          DOOR.send(new FakeCall("POST", AuthZen.EVALUATION, json).with("Content-Type", type))
              .decision());
    }
  }

  /** [JSON Serialization, Security: JSON Payload] The body is one object of I-JSON. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "null",
        "\"x\"",
        "{\"a\":1",
        "{\"a\":1}}",
        "{\"a\":1} {}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"x\":{\"b\":1,\"b\":1}}",
        "/* */{}",
        "\uFEFF{}"
      })
  void json_notOneStrictObject_is400(String json) {
    String whole = evaluation("ledger", "read", "acme");
    String body =
        json.startsWith("{\"")
            ? whole.substring(0, whole.length() - 1) + "," + json.substring(1)
            : json;
    DOOR.evaluate(body).problem(400);
    DOOR.evaluateAll(body).problem(400);
    DOOR.post(AuthZen.SEARCH_ACTION, body).problem(400);
  }

  /** [JSON Serialization] UTF-8 alone. */
  @Test
  void json_notUtf8_is400() {
    String json = evaluation("ledger", "read", "acme");
    for (byte[] body :
        List.of(
            json.getBytes(StandardCharsets.UTF_16BE),
            json.getBytes(StandardCharsets.UTF_16LE),
            (json.substring(0, json.length() - 1) + ",\"x\":\"\u00fc\"}")
                .getBytes(StandardCharsets.ISO_8859_1))) {
      DOOR.send(
              new FakeCall("POST", AuthZen.EVALUATION, body)
                  .with("Content-Type", "application/json"))
          .problem(400);
    }
  }

  /** [JSON Serialization] Unknown members are passed over, and their order means nothing. */
  @Test
  void json_unknownMembersInAnyOrder_changeNothing() {
    long seed = 7_001;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 100; i++) {
      String json = shuffled(random);
      assertTrue(DOOR.evaluate(json).decision(), () -> "seed " + seed + ": " + json);
    }
  }

  private static String shuffled(SplittableRandom random) {
    return object(
        random,
        "\"subject\":"
            + object(random, "\"type\":\"app\"", "\"id\":\"ledger\"", "\"x\":[{\"id\":\"mail\"}]"),
        "\"action\":" + object(random, "\"name\":\"read\"", "\"Name\":\"send\"", "\"id\":\"z\""),
        "\"resource\":"
            + object(random, "\"type\":\"account\"", "\"id\":\"acme\"", "\"ID\":\"none\""),
        "\"page\":7",
        "\"Subject\":{}",
        "\"evaluations\":[1]",
        "\"\":{\"subject\":null}");
  }

  private static String object(SplittableRandom random, String... members) {
    for (int i = members.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      String member = members[i];
      members[i] = members[other];
      members[other] = member;
    }
    return "{" + String.join(random.nextBoolean() ? "," : " ,\n", members) + "}";
  }

  /** [Error Responses] A 401 says how to do better; a denial is none of these. */
  @Test
  void errors_unknownCaller_is401WithAChallenge() {
    Reply reply = DOOR.postAs("nobody", AuthZen.EVALUATION, evaluation("ledger", "read", "acme"));
    assertEquals("UNAUTHENTICATED", reply.problem(401).get("reason").stringValue());
    assertEquals("Bearer error=\"invalid_token\"", reply.header("WWW-Authenticate"));
  }

  /** [Error Responses] 403 is for who is known, and may not ask that. */
  @Test
  void errors_callerWithoutTheRight_is403() {
    DOOR.caller("nothing");
    for (String path :
        List.of(
            AuthZen.EVALUATION,
            AuthZen.EVALUATIONS,
            AuthZen.SEARCH_SUBJECT,
            AuthZen.SEARCH_RESOURCE,
            AuthZen.SEARCH_ACTION)) {
      Reply reply = DOOR.postAs("nothing", path, evaluation("ledger", "read", "acme"));
      assertEquals("NOT_ALLOWED", reply.problem(403).get("reason").stringValue());
      assertNull(reply.header("WWW-Authenticate"));
    }
  }

  /** [Request Identification] The same id comes back, whatever the answer. */
  @Test
  void requestId_given_comesBackOnEveryAnswer() {
    String json = evaluation("ledger", "read", "acme");
    String longest = "x".repeat(256);
    for (String id : List.of("r-1", "a b\"c;,", longest, "")) {
      for (String body : List.of(json, "{", json.replace("acme", "nobody"))) {
        for (String path :
            List.of(AuthZen.EVALUATION, AuthZen.EVALUATIONS, AuthZen.SEARCH_ACTION)) {
          Reply reply = DOOR.send(AuthZenDoor.call(path, body).with("X-Request-ID", id));
          assertEquals(id, reply.header("X-Request-ID"));
        }
      }
    }
    for (FakeCall call :
        List.of(
            new FakeCall("GET", AuthZen.EVALUATION, new byte[0]),
            new FakeCall("GET", "/.well-known/authzen-configuration", new byte[0]),
            AuthZenDoor.call(AuthZen.EVALUATION, json).with("Authorization", "Bearer nobody"),
            AuthZenDoor.call(AuthZen.EVALUATION, "x".repeat(300_000)),
            new FakeCall("POST", AuthZen.EVALUATION, new byte[0]))) {
      assertEquals("r-1", DOOR.send(call.with("X-Request-ID", "r-1")).header("X-Request-ID"));
    }
    assertNull(DOOR.evaluate(json).header("X-Request-ID"));
  }

  /** [Request Identification] One that cannot come back is refused. */
  @Test
  void requestId_thatCannotComeBack_is400() {
    String json = evaluation("ledger", "read", "acme");
    for (String id : List.of("x".repeat(257), "\u00fc", "a\nb", "a\u0000")) {
      Reply reply = DOOR.send(AuthZenDoor.call(AuthZen.EVALUATION, json).with("X-Request-ID", id));
      reply.problem(400);
      assertNull(reply.header("X-Request-ID"));
    }
    DOOR.send(
            AuthZenDoor.call(AuthZen.EVALUATION, json)
                .with("X-Request-ID", "a")
                .with("X-Request-ID", "b"))
        .problem(400);
  }

  /** [Availability & Denial of Service] Deep nesting: 32 levels are read, one more is not. */
  @Test
  void availability_depth_isBounded() {
    String json = evaluation("ledger", "read", "acme");
    String start = json.substring(0, json.length() - 1) + ",\"x\":";
    assertTrue(DOOR.evaluate(start + "[".repeat(31) + "]".repeat(31) + "}").decision());
    DOOR.evaluate(start + "[".repeat(32) + "]".repeat(32) + "}").problem(400);
    DOOR.evaluate(start + "{\"a\":".repeat(32) + "1" + "}".repeat(32) + "}").problem(400);
  }
}
