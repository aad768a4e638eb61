package dev.consentry.server.http.authzen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.gateway.AuthZenSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The certification scenario's levels Basic Core, Batch Core, Search Core and Discovery, with a
 * fixture of our own names: apps {@code ledger} (who reads and writes) and {@code mail} (who only
 * reads), accounts {@code acme} and {@code globex}, and types as they are configured. In brackets:
 * sections of the scenario.
 */
final class CertificationTest {
  private static final String LEDGER = "{'type':'client','id':'ledger'}";
  private static final String MAIL = "{'type':'client','id':'mail'}";
  private static final String CLIENTS = "{'type':'client'}";
  private static final String ACME = "{'type':'tenant','id':'acme'}";
  private static final String GLOBEX = "{'type':'tenant','id':'globex'}";
  private static final String TENANTS = "{'type':'tenant'}";
  private static final String READ = "{'name':'read'}";
  private static final String WRITE = "{'name':'write'}";
  private static final String CONTEXT = "{'time':'2026-11-01T18:03-07:00','ip':'192.0.2.1'}";

  private static final AuthZenDoor DOOR =
      AuthZenDoor.open(
              new AuthZenSettings(URI.create("https://pdp.example.com/eu"), "client", "tenant"))
          .app("ledger", "read", "write")
          .app("mail", "read", "write")
          .grant("acme", "ledger", "read", "write")
          .grant("acme", "mail", "read");

  @AfterAll
  static void close() {
    DOOR.close();
  }

  private static String of(String subject, String action, String resource) {
    return "{'subject':%s,'action':%s,'resource':%s}".formatted(subject, action, resource);
  }

  private Reply evaluate(String json) {
    return DOOR.evaluate(json.replace('\'', '"'));
  }

  private Reply evaluateAll(String json) {
    return DOOR.evaluateAll(json.replace('\'', '"'));
  }

  private Reply search(Search search, String json) {
    return DOOR.post(
        switch (search) {
          case SUBJECT -> AuthZen.SEARCH_SUBJECT;
          case RESOURCE -> AuthZen.SEARCH_RESOURCE;
          case ACTION -> AuthZen.SEARCH_ACTION;
        },
        json.replace('\'', '"'));
  }

  /** [Basic: fixture requests; decision rules 1 to 4; idempotency] */
  @Test
  void basic_fixtureRequests_areDecidedByTheRulesEveryTime() {
    for (int i = 0; i < 3; i++) {
      assertTrue(evaluate(of(LEDGER, READ, ACME)).decision());
      assertTrue(evaluate(of(LEDGER, WRITE, ACME)).decision());
      assertTrue(evaluate(of(MAIL, READ, ACME)).decision());
      assertFalse(evaluate(of(MAIL, WRITE, ACME)).decision());
    }
  }

  /** [Basic: optional context; additional properties; unknown fields] */
  @Test
  void basic_contextPropertiesAndUnknownFields_changeNothing() {
    String plain = of(LEDGER, READ, ACME);
    String end = plain.substring(0, plain.length() - 1);
    assertTrue(evaluate(end + ",'context':" + CONTEXT + "}").decision());
    assertTrue(evaluate(end + ",'foo':'bar','futureField':{'nested':true}}").decision());
    String rich =
        "{'subject':{'type':'client','id':'ledger','properties':{'department':'Sales'}},"
            + "'action':{'name':'read','properties':{'method':'GET'}},"
            + "'resource':{'type':'tenant','id':'acme','properties':{'status':'active'}}}";
    assertTrue(evaluate(rich).decision());
  }

  /** [Basic: response format] */
  @Test
  void basic_response_hasABooleanDecisionAndAContextThatIsAnObject() {
    for (String action : List.of(READ, WRITE)) {
      var json = evaluate(of(MAIL, action, ACME)).json();
      assertTrue(json.get("decision").isBoolean());
      assertTrue(json.get("context").isObject());
    }
  }

  /** [Basic: missing required fields and sub-fields; invalid field types; malformed; empty] */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'action':{'name':'read'},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':{'type':'client','id':'ledger'},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':{'type':'client','id':'ledger'},'action':{'name':'read'}}",
        "{'subject':{'id':'ledger'},'action':{'name':'read'},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':{'type':'client'},'action':{'name':'read'},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':{'type':'client','id':'ledger'},'action':{},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':{'type':'client','id':'ledger'},'action':{'name':'read'},'resource':{'id':'acme'}}",
        "{'subject':{'type':'client','id':'ledger'},'action':{'name':'read'},'resource':{'type':'tenant'}}",
        "{'subject':'ledger','action':{'name':'read'},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':{'type':'client','id':'ledger'},'action':{'name':123},'resource':{'type':'tenant','id':'acme'}}",
        "{'subject':",
        ""
      })
  void basic_notWhatItMayBe_is400(String json) {
    evaluate(json).problem(400);
    evaluateAll(json).problem(400);
  }

  /** [Basic: invalid content type] */
  @Test
  void basic_anotherContentType_is400() {
    var call =
        new FakeCall(
                "POST",
                AuthZen.EVALUATION,
                of(LEDGER, READ, ACME).replace('\'', '"').getBytes(StandardCharsets.UTF_8))
            .with("Content-Type", "text/plain");
    DOOR.send(call).problem(400);
  }

  /** [Basic: X-Request-ID echo, and absent] */
  @Test
  void basic_requestId_comesBack() {
    String json = of(LEDGER, READ, ACME).replace('\'', '"');
    Reply reply = DOOR.send(AuthZenDoor.call(AuthZen.EVALUATION, json).with("X-Request-ID", "r-1"));
    assertEquals("r-1", reply.header("X-Request-ID"));
    assertTrue(DOOR.post(AuthZen.EVALUATION, json).decision());
  }

  /** [Batch: evaluations array; decisions validated; order] */
  @Test
  void batch_fixtureRequests_areDecidedInOrder() {
    String two =
        "{'subject':%s,'action':%s,'evaluations':[{'resource':%s},{'resource':%s}]}"
            .formatted(LEDGER, READ, ACME, GLOBEX);
    assertEquals(2, evaluateAll(two).decisions().size());
    String ordered =
        "{'subject':%s,'resource':%s,'evaluations':[{'action':%s},{'action':%s}]}"
            .formatted(MAIL, ACME, READ, WRITE);
    assertEquals(List.of(true, false), evaluateAll(ordered).decisions());
    assertFalse(evaluateAll(ordered).json().has("decision"));
  }

  /** [Batch: fully specified; context inheritance] */
  @Test
  void batch_withoutDefaultsOrWithAContext_isAnswered() {
    String full =
        "{'evaluations':[%s,%s]}".formatted(of(LEDGER, READ, ACME), of(MAIL, WRITE, ACME));
    assertEquals(List.of(true, false), evaluateAll(full).decisions());
    String context =
        ("{'subject':%s,'action':%s,'context':%s,'evaluations':[{'resource':%s},"
                + "{'resource':%s,'context':{'source':'override'}}]}")
            .formatted(LEDGER, READ, CONTEXT, ACME, GLOBEX);
    assertEquals(2, evaluateAll(context).decisions().size());
  }

  /** [Batch: evaluation-level errors] */
  @Test
  void batch_oneWithoutAResource_isDeniedAlone() {
    String json =
        ("{'subject':%s,'action':%s,'options':{'evaluations_semantic':'execute_all'},"
                + "'evaluations':[{'resource':%s},{}]}")
            .formatted(LEDGER, READ, ACME);
    assertEquals(List.of(true, false), evaluateAll(json).decisions());
  }

  /** [Batch: missing and empty evaluations array] */
  @Test
  void batch_withoutEvaluations_isOneDecision() {
    String plain = of(LEDGER, READ, ACME);
    assertTrue(evaluateAll(plain).decision());
    assertTrue(
        evaluateAll(plain.substring(0, plain.length() - 1) + ",'evaluations':[]}").decision());
  }

  /** [Subject search: non-empty results; context; id present] */
  @Test
  void subjectSearch_fixture_findsBothWhateverItsContextAndId() {
    String found = "{'subject':%s,'action':%s,'resource':%s}".formatted(CLIENTS, READ, ACME);
    Reply reply = search(Search.SUBJECT, found);
    assertEquals(List.of("ledger", "mail"), reply.found());
    reply.json().get("results").forEach(r -> assertEquals("client", r.get("type").stringValue()));
    assertEquals(
        reply.found(),
        search(Search.SUBJECT, found.replace("'action'", "'context':" + CONTEXT + ",'action'"))
            .found());
    assertEquals(reply.found(), search(Search.SUBJECT, of(LEDGER, READ, ACME)).found());
  }

  /** [Resource search: non-empty results; context; id present] */
  @Test
  void resourceSearch_fixture_findsTheAccountWhateverItsContextAndId() {
    String found = "{'subject':%s,'action':%s,'resource':%s}".formatted(LEDGER, READ, TENANTS);
    Reply reply = search(Search.RESOURCE, found);
    assertEquals(List.of("acme"), reply.found());
    reply.json().get("results").forEach(r -> assertEquals("tenant", r.get("type").stringValue()));
    assertEquals(
        reply.found(),
        search(Search.RESOURCE, found.replace("'action'", "'context':" + CONTEXT + ",'action'"))
            .found());
    assertEquals(reply.found(), search(Search.RESOURCE, of(LEDGER, READ, GLOBEX)).found());
  }

  /** [Action search: non-empty results; context] */
  @Test
  void actionSearch_fixture_findsBothScopesWhateverItsContext() {
    String found = "{'subject':%s,'resource':%s}".formatted(LEDGER, ACME);
    assertEquals(List.of("read", "write"), search(Search.ACTION, found).found());
    assertEquals(
        List.of("read", "write"),
        search(Search.ACTION, found.replace("'resource'", "'context':" + CONTEXT + ",'resource'"))
            .found());
  }

  /** [Pagination: limit; token; response format] */
  @Test
  void pagination_limitOf1_bringsAllByTokens() {
    String query = "'subject':%s,'action':%s,'resource':%s".formatted(CLIENTS, READ, ACME);
    Reply first = search(Search.SUBJECT, "{%s,'page':{'limit':1}}".formatted(query));
    assertEquals(List.of("ledger"), first.found());
    assertFalse(first.nextToken().isEmpty());
    Reply second =
        search(Search.SUBJECT, "{%s,'page':{'token':'%s'}}".formatted(query, first.nextToken()));
    assertEquals(List.of("mail"), second.found());
    assertEquals("", second.nextToken());
    assertEquals(1, second.json().get("page").get("count").intValue());
  }

  /** [Empty results: unknown identifier, unknown type, at all three] */
  @Test
  void search_whatIsUnknown_findsNothing() {
    String nobody = "{'type':'client','id':'nobody'}";
    String ship = "{'type':'spaceship','id':'x'}";
    for (String json :
        List.of(
            of(CLIENTS, READ, "{'type':'tenant','id':'nobody'}"),
            of(ship, READ, ACME),
            of(CLIENTS, READ, ship),
            of(CLIENTS, "{'name':'nothing'}", ACME))) {
      assertEquals(List.of(), search(Search.SUBJECT, json).found(), json);
    }
    for (String json :
        List.of(of(nobody, READ, TENANTS), of(ship, READ, TENANTS), of(LEDGER, READ, ship))) {
      assertEquals(List.of(), search(Search.RESOURCE, json).found(), json);
    }
    for (String json :
        List.of(of(nobody, READ, ACME), of(ship, READ, ACME), of(LEDGER, READ, ship))) {
      assertEquals(List.of(), search(Search.ACTION, json).found(), json);
    }
  }

  /** [Search error handling: missing required fields and sub-fields] */
  @Test
  void search_somethingIsMissing_is400() {
    search(Search.SUBJECT, "{'subject':%s,'resource':%s}".formatted(CLIENTS, ACME)).problem(400);
    search(Search.RESOURCE, "{'action':%s,'resource':%s}".formatted(READ, TENANTS)).problem(400);
    search(Search.ACTION, "{'subject':%s}".formatted(LEDGER)).problem(400);
    search(Search.SUBJECT, of(CLIENTS, READ, TENANTS)).problem(400);
    search(Search.RESOURCE, of(CLIENTS, READ, TENANTS)).problem(400);
    search(Search.ACTION, "{'subject':%s,'resource':%s}".formatted(CLIENTS, ACME)).problem(400);
  }

  /** [Discovery: endpoint; format; required and optional fields; validation] */
  @Test
  void discovery_baseUrlWithAPath_namesWhatAnswers() {
    String base = "https://pdp.example.com/eu";
    var call = new FakeCall("GET", "/.well-known/authzen-configuration/eu", new byte[0]);
    var json = DOOR.send(call).json();
    assertEquals(base, json.get("policy_decision_point").stringValue());
    Set<String> served =
        DOOR.routes().stream().map(route -> route.path()).collect(Collectors.toSet());
    for (String parameter :
        List.of(
            "access_evaluation_endpoint",
            "access_evaluations_endpoint",
            "search_subject_endpoint",
            "search_resource_endpoint",
            "search_action_endpoint")) {
      assertNotNull(json.get(parameter), parameter);
      String endpoint = json.get(parameter).stringValue();
      assertTrue(endpoint.startsWith(base + "/access/v1/"), endpoint);
      String path = URI.create(endpoint).getPath();
      assertTrue(served.contains(path), path);
      assertTrue(served.contains(path.substring("/eu".length())), path);
    }
  }
}
