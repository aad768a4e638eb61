package dev.consentry.server.http.authzen;

import static dev.consentry.server.http.authzen.AuthZenDoor.evaluation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.http.authzen.Asked.Unknown;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Extent;
import dev.consentry.server.security.Rights;
import dev.consentry.server.security.Role;
import dev.consentry.server.table.Consistency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Evaluations beyond what the specification asks for: what is ours, rights, freshness, limits. */
final class EvaluationsTest {
  private static final Vocabulary WORDS = Vocabulary.of(AuthZenDoor.SETTINGS);
  private static final AuthZenDoor DOOR =
      AuthZenDoor.open()
          .app("ledger", "read", "write")
          .grant("acme", "ledger", "read")
          .caller("acme", new Binding(Role.DECIDER, Extent.of(List.of("acme")), Extent.ALL))
          .caller("viewer", Binding.everywhere(Role.VIEWER));

  @AfterAll
  static void close() {
    DOOR.close();
  }

  @Test
  void evaluation_everyReason_isTold() {
    try (AuthZenDoor door = AuthZenDoor.open()) {
      door.app("ledger", "read", "write").app("cal", "read");
      door.grant("acme", "ledger", "read").grant("gone", "ledger", "read").revoke("gone", "ledger");
      door.grantUntil(AuthZenDoor.START.plusSeconds(60), "ends", "ledger", "read");
      door.grant("acme", "cal", "read").suspend("cal");
      assertTrue(door.allows("ledger", "read", "ends"));
      door.advance(Duration.ofSeconds(60));
      assertEquals("SCOPE_NOT_GRANTED", reason(door, "ledger", "write", "acme"));
      assertEquals("NO_GRANT", reason(door, "ledger", "read", "nobody"));
      assertEquals("GRANT_REVOKED", reason(door, "ledger", "read", "gone"));
      assertEquals("GRANT_EXPIRED", reason(door, "ledger", "read", "ends"));
      assertEquals("APP_SUSPENDED", reason(door, "cal", "read", "acme"));
      assertTrue(door.allows("ledger", "read", "acme"));
      assertEquals(2, door.counters().snapshot().get("decisions.allow"));
      assertEquals(7, door.log().size());
      assertEquals("local authzen ends allow", door.log().getFirst());
      assertEquals("local authzen acme deny", door.log().get(1));
    }
  }

  /** What the store was asked for was no hit, told or not. */
  @Test
  void evaluations_fromTheStore_areNoHits() {
    try (AuthZenDoor door = AuthZenDoor.open()) {
      door.app("ledger", "read");
      String two =
          """
          {"options":{"evaluations_semantic":"deny_on_first_deny"},"evaluations":[%s,%s]}\
          """
              .formatted(
                  evaluation("ledger", "read", "initech"), evaluation("ledger", "read", "hooli"));
      assertFalse(door.allows("ledger", "read", "globex"));
      assertEquals(1, door.evaluateAll(two).json().get("evaluations").size());
      assertEquals(0, hits(door));
      assertFalse(door.allows("ledger", "read", "globex"));
      assertEquals(1, door.evaluateAll(two).json().get("evaluations").size());
      assertEquals(2, hits(door));
      assertEquals(2, door.counters().snapshot().get("misses"));
    }
  }

  private static double hits(AuthZenDoor door) {
    return door.counters().measures().stream()
        .filter(measure -> measure.metric() == Metric.HITS)
        .mapToDouble(measure -> measure.value().getAsDouble())
        .sum();
  }

  private static String reason(AuthZenDoor door, String app, String scope, String account) {
    return door.evaluate(evaluation(app, scope, account)).reason();
  }

  @Test
  void evaluation_ofWhatCannotBeOurs_isDenied() {
    String json = evaluation("ledger", "read", "acme");
    for (String bad : List.of("", "a b", "\u00fc", "\\ud800", "x".repeat(257), "\\u0000")) {
      assertDenied(Unknown.SUBJECT_ID_UNKNOWN, json.replace("ledger", bad));
      assertDenied(Unknown.RESOURCE_ID_UNKNOWN, json.replace("acme", bad));
      assertDenied(Unknown.ACTION_UNKNOWN, json.replace("read", bad));
    }
    assertDenied(Unknown.ACTION_UNKNOWN, json.replace("read", "read write"));
    for (String type : List.of("", "App", "application", "account", "\\ud800")) {
      assertDenied(Unknown.SUBJECT_TYPE_UNKNOWN, json.replace("\"app\"", "\"" + type + "\""));
    }
    for (String type : List.of("", "Account", "app")) {
      assertDenied(Unknown.RESOURCE_TYPE_UNKNOWN, json.replace("\"account\"", "\"" + type + "\""));
    }
  }

  private static void assertDenied(Unknown why, String json) {
    Reply reply = DOOR.evaluate(json);
    assertFalse(reply.decision());
    assertEquals(why.name(), reply.reason(), json);
    assertFalse(reply.json().get("context").has("revision"));
  }

  @Test
  void evaluation_callerOfOneAccount_asksThereAlone() {
    assertTrue(as("acme", evaluation("ledger", "read", "acme")).decision());
    as("acme", evaluation("ledger", "read", "globex")).problem(403);
    as("acme", evaluation("ledger", "read", "no id")).problem(403);
    as("viewer", evaluation("ledger", "read", "acme")).problem(403);
    as("viewer", evaluation("ledger", "read", "acme").replace("app", "spaceship")).problem(403);
    assertFalse(as("acme", evaluation("ledger", "read", "x").replace("app", "ship")).decision());
  }

  private static Reply as(String token, String json) {
    return DOOR.postAs(token, AuthZen.EVALUATION, json);
  }

  /** Tells what an evaluation asks, to a caller with these rights. */
  private interface Asking {
    Asked asked(Rights rights, Evaluation evaluation);
  }

  private static void assertRightsHold(Asking asking) {
    for (Rights rights :
        List.of(
            Rights.NONE,
            Rights.EVERYTHING,
            Rights.of(List.of(Binding.everywhere(Role.OPERATOR))),
            Rights.of(
                List.of(
                    new Binding(Role.DECIDER, Extent.of(List.of("a")), Extent.ALL),
                    new Binding(Role.DECIDER, Extent.ALL, Extent.of(List.of("b"))))))) {
      for (String app : List.of("a", "b", "no id")) {
        for (String account : List.of("a", "b", "no id")) {
          for (String scope : List.of("read", "no scope")) {
            var evaluation =
                new Evaluation(
                    new Entity("app", app),
                    scope,
                    new Entity("account", account),
                    Requirement.NONE);
            assertEquals(rights.mayDecide(account, app), isAnswered(asking, rights, evaluation));
          }
        }
      }
    }
  }

  private static boolean isAnswered(Asking asking, Rights rights, Evaluation evaluation) {
    try {
      return asking.asked(rights, evaluation) != null;
    } catch (RefusedException e) {
      return !(e.refusal() instanceof Refusal.NotAllowed);
    }
  }

  @Test
  void asked_everyRights_areThoseOfTheTableOfRoles() {
    assertRightsHold(WORDS::asked);
  }

  /** They forget to look, or take the app for the account. */
  @Test
  void asked_mutants_areFound() {
    for (Asking mutant :
        List.<Asking>of(
            (_, evaluation) -> WORDS.asked(Rights.EVERYTHING, evaluation),
            (rights, e) ->
                WORDS.asked(
                    rights,
                    new Evaluation(
                        new Entity("app", e.resource().id()),
                        e.action(),
                        new Entity("account", e.subject().id()),
                        e.requirement())))) {
      assertThrows(AssertionError.class, () -> assertRightsHold(mutant));
    }
  }

  @Test
  void evaluations_someNotAllowed_failAlone() {
    JsonNode evaluations =
        DOOR.postAs(
                "acme",
                AuthZen.EVALUATIONS,
                "{\"evaluations\":[%s,%s]}"
                    .formatted(
                        evaluation("ledger", "read", "acme"),
                        evaluation("ledger", "read", "globex")))
            .json()
            .get("evaluations");
    assertTrue(evaluations.get(0).get("decision").booleanValue());
    JsonNode error = evaluations.get(1).get("context").get("error");
    assertEquals(403, error.get("status").intValue());
    DOOR.postAs("viewer", AuthZen.EVALUATIONS, "{\"evaluations\":[{}]}").problem(403);
  }

  @Test
  @SuppressWarnings("InlineFormatString") // They are what requests look like.
  void evaluations_1000_areAnsweredAtOneRevisionAndOneMoreIs400() {
    String item = "{\"resource\":{\"type\":\"account\",\"id\":\"%s\"}}";
    String request =
        "{\"subject\":{\"type\":\"app\",\"id\":\"ledger\"},\"action\":{\"name\":\"read\"},"
            + "\"evaluations\":[%s]}";
    List<String> items =
        IntStream.rangeClosed(0, 1_000)
            .mapToObj(i -> item.formatted(i % 2 == 0 ? "acme" : "a" + i))
            .collect(Collectors.toCollection(ArrayList::new));
    DOOR.evaluateAll(request.formatted(String.join(",", items))).problem(400);
    Reply reply = DOOR.evaluateAll(request.formatted(String.join(",", items.subList(0, 1_000))));
    assertEquals(1_000, reply.decisions().size());
    assertEquals(500, reply.decisions().stream().filter(allowed -> allowed).count());
    Set<String> revisions =
        reply
            .json()
            .get("evaluations")
            .valueStream()
            .map(each -> each.get("context").get("revision").stringValue())
            .collect(Collectors.toSet());
    assertEquals(Set.of(DOOR.revision().token()), revisions);
  }

  @Test
  void evaluations_malformedAtTheTop_are400() {
    for (String bad :
        List.of(
            "{\"evaluations\":7}",
            "{\"subject\":\"x\",\"evaluations\":[{}]}",
            "{\"subject\":{\"id\":\"ledger\"},\"evaluations\":[{}]}",
            "{\"context\":7,\"evaluations\":[{}]}")) {
      DOOR.evaluateAll(bad).problem(400);
    }
  }

  @Test
  void context_ours_saysHowFresh() {
    String at = DOOR.revision().token();
    String ahead = at.substring(0, 17) + (DOOR.revision().number() + 1);
    for (String good :
        List.of(
            "{}",
            "null",
            "{\"revision\":\"%s\"}".formatted(at),
            "{\"fully_consistent\":true}",
            "{\"fully_consistent\":false,\"more\":1}",
            "{\"fully_consistent\":true,\"revision\":\"%s\"}".formatted(at),
            "{\"revision\":\"otherotherother1-99\"}")) {
      assertTrue(DOOR.evaluate(withContext(good)).decision(), good);
    }
    for (String bad :
        List.of(
            "7", "[]", "{\"revision\":7}", "{\"revision\":\"x\"}", "{\"fully_consistent\":1}")) {
      DOOR.evaluate(withContext(bad)).problem(400);
      assertEquals(List.of(false), one(withContext(bad)).decisions());
    }
    for (String late :
        List.of(
            "{\"revision\":\"%s\"}".formatted(ahead),
            "{\"fully_consistent\":true,\"revision\":\"%s\"}".formatted(ahead))) {
      Reply reply = DOOR.evaluate(withContext(late));
      assertEquals("REVISION_AHEAD", reply.problem(503).get("reason").stringValue());
      assertEquals("1", reply.header("Retry-After"));
      one(withContext(late)).problem(503);
      DOOR.post(AuthZen.SEARCH_ACTION, withContext(late)).problem(503);
    }
  }

  private static String withContext(String ours) {
    String json = evaluation("ledger", "read", "acme");
    return json.substring(0, json.length() - 1) + ",\"context\":{\"consentry\":" + ours + "}}";
  }

  private static Reply one(String item) {
    return DOOR.evaluateAll("{\"evaluations\":[" + item + "]}");
  }

  /** Among several requirements the strictest counts. */
  @Test
  void strictest_several_isTheStrictest() {
    var epoch = new Epoch("epoch-0000000000");
    var one = new Requirement(false, new Revision(epoch, 1));
    var two = new Requirement(false, new Revision(epoch, 2));
    var other = new Requirement(false, new Revision(new Epoch("epoch-0000000001"), 1));
    var full = new Requirement(true, null);
    assertEquals(Consistency.MINIMIZE_LATENCY, Requirement.strictest(List.of(Requirement.NONE)));
    assertEquals(two.consistency(), Requirement.strictest(List.of(one, Requirement.NONE, two)));
    assertEquals(two.consistency(), Requirement.strictest(List.of(two, one)));
    assertEquals(Consistency.FULLY_CONSISTENT, Requirement.strictest(List.of(one, full, two)));
    assertEquals(Consistency.FULLY_CONSISTENT, Requirement.strictest(List.of(one, other)));
    assertThrows(RefusedException.class, () -> two.requireReachedBy(new Revision(epoch, 1)));
    two.requireReachedBy(new Revision(epoch, 2));
  }

  /** A bad freshness of one evaluation is its own; of all it is everybody's. */
  @Test
  void evaluations_withContexts_inheritThem() {
    String start = withContext("{\"revision\":\"x\"}");
    DOOR.evaluateAll(start.substring(0, start.length() - 1) + ",\"evaluations\":[{}]}")
        .problem(400);
    String ahead = DOOR.revision().token().substring(0, 17) + "99999";
    String late = withContext("{\"revision\":\"%s\"}".formatted(ahead));
    String whole = late.substring(0, late.length() - 1);
    DOOR.evaluateAll(whole + ",\"evaluations\":[{}]}").problem(503);
    assertTrue(
        DOOR.evaluateAll(whole + ",\"evaluations\":[{\"context\":{}}]}").decisions().getFirst());
  }
}
