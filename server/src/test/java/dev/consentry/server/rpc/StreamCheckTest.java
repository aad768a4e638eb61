package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.common.base.Splitter;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StreamCheckTest {
  private final GatedTable table = new GatedTable();
  private final TestServer server = TestServer.start(TestServer.Wrapping.ofTable(table::wrapping));

  @BeforeEach
  void grant() {
    server.putApp("x", List.of("read"), List.of());
    server.grant("acme", "x");
  }

  @AfterEach
  void close() {
    table.open();
    server.close();
  }

  @Test
  void streamCheck_questionsThenHalfClose_answersAllThenEndsWithOk() {
    var caller = StreamCaller.reading(server);
    for (int i = 0; i < 5_000; i++) {
      caller.send(item("q" + i, "acme", i % 2 == 0 ? "x" : "nobody" + i % 20, "read"));
    }
    caller.halfClose();
    assertNull(caller.awaitEnd());
    List<StreamCheckResponse> answers = caller.answers();
    assertEquals(5_000, answers.size());
    assertEquals(ids(IntStream.range(0, 5_000)), ids(answers));
    for (StreamCheckResponse answer : answers) {
      int number = Integer.parseInt(answer.getCorrelationId().substring(1));
      assertEquals(
          number % 2 == 0 ? Decision.DECISION_ALLOW : Decision.DECISION_DENY,
          answer.getResponse().getDecision());
    }
  }

  @Test
  void streamCheck_manyQuestionsOverHttp2_answersAllThenEndsWithOk() {
    try (var http2 = TestServer.startOverHttp2()) {
      http2.putApp("x", List.of("read"), List.of());
      http2.grant("acme", "x");
      var caller = StreamCaller.reading(http2);
      for (int i = 0; i < 20_000; i++) {
        caller.send(item("q" + i, "acme", "x", "read"));
      }
      caller.halfClose();
      assertNull(caller.awaitEnd());
      assertEquals(ids(IntStream.range(0, 20_000)), ids(caller.answers()));
      var open = StreamCaller.reading(http2);
      open.send(item("q", "acme", "x", "read"));
      open.awaitAnswers(1);
      http2.drain();
      assertShutDown(open.awaitFailure());
    }
  }

  @Test
  void streamCheck_nothingAsked_endsWithOk() {
    var caller = StreamCaller.reading(server);
    caller.halfClose();
    assertNull(caller.awaitEnd());
    assertEquals(List.of(), caller.answers());
  }

  @Test
  void streamCheck_badItems_failAloneAndNameTheirFields() {
    var caller = StreamCaller.reading(server);
    caller.send(item("", "acme", "x", "read"));
    caller.send(item("é 1", "acme", "x", "read"));
    caller.send(item("l".repeat(65), "acme", "x", "read"));
    caller.send(StreamCheckRequest.newBuilder().setCorrelationId("none").build());
    caller.send(
        StreamCheckRequest.newBuilder()
            .setCorrelationId("b ad")
            .setCheck(
                CheckRequest.newBuilder()
                    .setAccountId("a b")
                    .addScopes("read")
                    .setConsistency(Consistency.newBuilder().setAtLeastAsFresh("?")))
            .build());
    caller.send(
        item("fresh", "acme", "x", "read").toBuilder()
            .setCheck(
                TestServer.checkOf("acme", "x", "read").toBuilder()
                    .setConsistency(Consistency.newBuilder().setFullyConsistent(false)))
            .build());
    caller.send(item("l".repeat(64), "acme", "x", "read"));
    caller.halfClose();
    assertNull(caller.awaitEnd());
    List<StreamCheckResponse> answers = caller.answers();
    assertInvalid("", List.of("correlation_id"), answers.get(0));
    assertInvalid("é 1", List.of("correlation_id"), answers.get(1));
    assertInvalid("", List.of("correlation_id"), answers.get(2));
    assertInvalid(
        "none", List.of("check.account_id", "check.app_id", "check.scopes"), answers.get(3));
    assertInvalid(
        "b ad",
        List.of(
            "correlation_id",
            "check.account_id",
            "check.app_id",
            "check.consistency.at_least_as_fresh"),
        answers.get(4));
    assertInvalid("fresh", List.of("check.consistency.fully_consistent"), answers.get(5));
    assertEquals("l".repeat(64), answers.get(6).getCorrelationId());
    assertEquals(Decision.DECISION_ALLOW, answers.get(6).getResponse().getDecision());
  }

  @Test
  void streamCheck_someWaitForTheStore_answersTheOthersMeanwhile() {
    table.shut();
    var caller = StreamCaller.reading(server);
    caller.send(item("cold", "acme", GatedTable.COLD_APP, "read"));
    caller.send(item("warm", "acme", "x", "read"));
    caller.halfClose();
    caller.awaitAnswers(1);
    assertEquals(Set.of("warm"), ids(caller.answers()));
    table.open();
    assertNull(caller.awaitEnd());
    assertEquals(Set.of("warm", "cold"), ids(caller.answers()));
  }

  @Test
  void streamCheck_loadFails_failsTheItemAlone() {
    table.shut();
    var caller = StreamCaller.reading(server);
    caller.send(item("cold", "acme", GatedTable.COLD_APP, "read"));
    table.fail(new RefusedException(new Refusal.StoreUnavailable()));
    caller.send(item("warm", "acme", "x", "read"));
    caller.halfClose();
    assertNull(caller.awaitEnd());
    StreamCheckResponse failed =
        caller.answers().stream()
            .filter(a -> a.getCorrelationId().equals("cold"))
            .findFirst()
            .orElseThrow();
    assertEquals(14, failed.getError().getCode());
    assertEquals(ErrorReason.ERROR_REASON_STORE_UNAVAILABLE, failed.getError().getReason());
  }

  @Test
  void streamCheck_storeSilent_failsTheItemAfterTheServersOwnDeadline() {
    table.shut();
    var caller = StreamCaller.reading(server);
    caller.send(item("cold", "acme", GatedTable.COLD_APP, "read"));
    caller.awaitAnswers(1);
    assertEquals(
        ErrorReason.ERROR_REASON_STORE_UNAVAILABLE,
        caller.answers().getFirst().getError().getReason());
    caller.halfClose();
    assertNull(caller.awaitEnd());
  }

  @Test
  void streamCheck_thousandOpen_readsNoFurtherUntilOneIsAnswered() {
    table.shut();
    var caller = StreamCaller.reading(server);
    for (int i = 0; i < CheckStream.OPEN_ITEMS_MAX + 500; i++) {
      caller.send(item("q" + i, "acme", GatedTable.COLD_APP, "read"));
    }
    caller.halfClose();
    table.awaitAsked(CheckStream.OPEN_ITEMS_MAX);
    // A round trip on the same channel: whatever else was read by then would have been asked.
    server.check("acme", "x", "read");
    assertEquals(CheckStream.OPEN_ITEMS_MAX + 1, table.asked());
    table.open();
    assertNull(caller.awaitEnd());
    assertEquals(CheckStream.OPEN_ITEMS_MAX + 500, caller.answers().size());
  }

  @Test
  void streamCheck_callerDoesNotRead_isNotReadFromEither() {
    var caller = StreamCaller.notReading(server);
    for (int i = 0; i < 3 * CheckStream.OPEN_ITEMS_MAX; i++) {
      caller.send(item("q" + i, "acme", "x", "read"));
    }
    table.awaitAsked(CheckStream.OPEN_ITEMS_MAX);
    server.check("acme", "x", "read");
    assertEquals(CheckStream.OPEN_ITEMS_MAX + 1, table.asked());
    caller.halfClose();
    caller.read(10);
    caller.awaitAnswers(10);
    caller.read(3 * CheckStream.OPEN_ITEMS_MAX);
    assertNull(caller.awaitEnd());
    assertEquals(3 * CheckStream.OPEN_ITEMS_MAX, caller.answers().size());
  }

  @Test
  void drain_itemsOpen_answersThemThenEndsUnavailable() {
    table.shut();
    var caller = StreamCaller.reading(server);
    caller.send(item("cold", "acme", GatedTable.COLD_APP, "read"));
    table.awaitAsked(1);
    server.drain();
    assertFalse(caller.ended());
    table.open();
    assertShutDown(caller.awaitFailure());
    assertEquals(Set.of("cold"), ids(caller.answers()));
  }

  @Test
  void drain_nothingOpen_endsTheStreamAtOnceAndChecksGoOn() {
    var caller = StreamCaller.reading(server);
    caller.send(item("q", "acme", "x", "read"));
    caller.awaitAnswers(1);
    server.drain();
    assertShutDown(caller.awaitFailure());
    assertShutDown(StreamCaller.reading(server).awaitFailure());
    assertEquals(Decision.DECISION_ALLOW, server.check("acme", "x", "read").getDecision());
  }

  @Test
  void streamCheck_cancelled_isForgottenAndLateAnswersGoNowhere() {
    table.shut();
    var caller = StreamCaller.reading(server);
    caller.send(item("cold", "acme", GatedTable.COLD_APP, "read"));
    table.awaitAsked(1);
    caller.cancel();
    assertEquals(Status.Code.CANCELLED, Status.fromThrowable(caller.awaitFailure()).getCode());
    table.open();
    server.drain();
    assertEquals(Decision.DECISION_ALLOW, server.check("acme", "x", "read").getDecision());
    assertFalse(server.counters().snapshot().containsKey("errors.shutting_down"));
    assertFalse(server.counters().snapshot().containsKey("errors.internal"));
  }

  private static StreamCheckRequest item(String id, String account, String app, String... scopes) {
    return StreamCheckRequest.newBuilder()
        .setCorrelationId(id)
        .setCheck(TestServer.checkOf(account, app, scopes))
        .build();
  }

  private static Set<String> ids(IntStream numbers) {
    return numbers.mapToObj("q%d"::formatted).collect(Collectors.toSet());
  }

  private static Set<String> ids(List<StreamCheckResponse> answers) {
    return answers.stream().map(StreamCheckResponse::getCorrelationId).collect(Collectors.toSet());
  }

  private static void assertInvalid(String id, List<String> fields, StreamCheckResponse answer) {
    assertEquals(id, answer.getCorrelationId());
    assertEquals(3, answer.getError().getCode());
    assertEquals(ErrorReason.ERROR_REASON_INVALID_REQUEST, answer.getError().getReason());
    var named = new ArrayList<String>();
    for (String part : Splitter.on("; ").split(answer.getError().getMessage())) {
      if (part.startsWith("`")) {
        named.add(part.substring(1, part.indexOf('`', 1)));
      }
    }
    assertEquals(fields, named);
  }

  private static void assertShutDown(Throwable end) {
    Failure failure = Failure.of(end);
    assertEquals(Status.Code.UNAVAILABLE, failure.code());
    assertEquals(ErrorReason.ERROR_REASON_SHUTTING_DOWN, failure.reason());
  }
}
