package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertInvalid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Revision;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DenyReason;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BatchCheckTest {
  private final TestServer server = TestServer.start();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void batchCheck_goodAndBadItems_answersEachInOrderAtOneRevision() {
    server.putApp("x", List.of("read"), List.of());
    server.grant("acme", "x");
    var results =
        ask(
                item("acme", "x", "read"),
                item("", "x", "read", "sp ace"),
                item("acme", "x", "write"),
                item("acme", "x"),
                item("acme", "x", "read"),
                item("acme", "nobody", "read"))
            .getResultsList();
    assertEquals(Decision.DECISION_ALLOW, results.get(0).getResponse().getDecision());
    assertEquals(3, results.get(1).getError().getCode());
    assertEquals(ErrorReason.ERROR_REASON_INVALID_REQUEST, results.get(1).getError().getReason());
    assertTrue(results.get(1).getError().getMessage().contains("`account_id`"));
    assertTrue(results.get(1).getError().getMessage().contains("`scopes[1]`"));
    assertEquals(
        DenyReason.DENY_REASON_SCOPE_NOT_GRANTED, results.get(2).getResponse().getDenyReason());
    assertTrue(results.get(3).getError().getMessage().contains("`scopes`"));
    assertEquals(results.get(0), results.get(4));
    assertEquals(DenyReason.DENY_REASON_NO_GRANT, results.get(5).getResponse().getDenyReason());
    assertEquals(1, revisions(results).size());
  }

  @Test
  void batchCheck_allItemsBad_answersWithoutAskingTheTable() {
    var results = ask(item("", "", ""), item("acme", "x")).getResultsList();
    assertTrue(results.stream().allMatch(BatchCheckResult::hasError));
    assertEquals(0, server.counters().snapshot().get("misses"));
    assertEquals(2, server.counters().snapshot().get("errors.invalid_request"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000})
  void batchCheck_legalNumberOfItems_answersAsMany(int items) {
    server.putApp("x", List.of("read"), List.of());
    server.grant("acme", "x");
    BatchCheckItem[] same =
        IntStream.range(0, items)
            .mapToObj(i -> item("acme", i % 3 == 0 ? "x" : "y", "read"))
            .toArray(BatchCheckItem[]::new);
    var results = ask(same).getResultsList();
    assertEquals(items, results.size());
    for (int i = 0; i < items; i++) {
      assertEquals(
          i % 3 == 0 ? Decision.DECISION_ALLOW : Decision.DECISION_DENY,
          results.get(i).getResponse().getDecision());
    }
    assertEquals(1, revisions(results).size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1_001})
  void batchCheck_tooFewOrTooManyItems_failsTheCall(int items) {
    BatchCheckItem[] many =
        IntStream.range(0, items)
            .mapToObj(_ -> item("acme", "x", "read"))
            .toArray(BatchCheckItem[]::new);
    assertInvalid(List.of("items"), () -> ask(many));
  }

  @Test
  void batchCheck_scopesInAllAtAndOverTheMaximum_answersAndFails() {
    var request = BatchCheckRequest.newBuilder();
    for (int i = 0; i < 100; i++) {
      request.addItems(item("acme", "x" + i, Scopes.count(100).toArray(String[]::new)));
    }
    assertEquals(100, server.decisions().batchCheck(request.build()).getResultsCount());
    request.addItems(item("acme", "x", "read"));
    assertInvalid(List.of("items"), () -> server.decisions().batchCheck(request.build()));
  }

  @Test
  void batchCheck_largestLegalOne_andItsReplyStayWithin4MiB() {
    String id = "a".repeat(252);
    var request = BatchCheckRequest.newBuilder();
    for (int i = 0; i < 1_000; i++) {
      String unique = id + "%04d".formatted(i);
      request.addItems(item(unique, unique, Scopes.longest(10).toArray(String[]::new)));
    }
    assertTrue(request.build().getSerializedSize() < 4 << 20);
    BatchCheckResponse response = server.decisions().batchCheck(request.build());
    assertEquals(1_000, response.getResultsCount());
    assertTrue(response.getSerializedSize() < 4 << 20);
  }

  @Test
  void batchCheck_everyItemAsBadAsCanBe_repliesWithin4MiB() {
    var request = BatchCheckRequest.newBuilder();
    for (int i = 0; i < 1_000; i++) {
      request.addItems(item("", "", "", "", "", "", "", "", "", "", "", ""));
    }
    BatchCheckResponse response = server.decisions().batchCheck(request.build());
    assertTrue(response.getSerializedSize() < 1 << 20);
    assertTrue(response.getResults(7).getError().getMessage().endsWith(" more"));
  }

  @Test
  void batchCheck_badConsistencyAndSize_failsTheCallNamingBoth() {
    var request =
        BatchCheckRequest.newBuilder()
            .setConsistency(Consistency.newBuilder().setAtLeastAsFresh("?"))
            .build();
    assertInvalid(
        List.of("items", "consistency.at_least_as_fresh"),
        () -> server.decisions().batchCheck(request));
  }

  @Test
  void batchCheck_revisionAheadOfTheStore_failsTheCall() {
    Revision now =
        Revision.parse(ask(item("acme", "x", "read")).getResults(0).getResponse().getRevision());
    var request =
        BatchCheckRequest.newBuilder()
            .addItems(item("acme", "x", "read"))
            .setConsistency(
                Consistency.newBuilder()
                    .setAtLeastAsFresh(new Revision(now.epoch(), now.number() + 1).token()))
            .build();
    Failure.assertFails(
        Status.Code.UNAVAILABLE,
        ErrorReason.ERROR_REASON_REVISION_AHEAD,
        Map.of(),
        () -> server.decisions().batchCheck(request));
  }

  private BatchCheckResponse ask(BatchCheckItem... items) {
    return server
        .decisions()
        .batchCheck(BatchCheckRequest.newBuilder().addAllItems(List.of(items)).build());
  }

  private static BatchCheckItem item(String account, String app, String... scopes) {
    return BatchCheckItem.newBuilder()
        .setAccountId(account)
        .setAppId(app)
        .addAllScopes(List.of(scopes))
        .build();
  }

  private static Set<String> revisions(List<BatchCheckResult> results) {
    return results.stream()
        .filter(BatchCheckResult::hasResponse)
        .map(r -> r.getResponse().getRevision())
        .collect(Collectors.toSet());
  }
}
