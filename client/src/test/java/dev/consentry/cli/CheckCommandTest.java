package dev.consentry.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.client.FakeServer;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DenyReason;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckCommandTest {
  private final FakeServer server = FakeServer.start();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void check_allow_exitsZero() {
    answer(CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).setRevision("r-7"));

    assertEquals(new CommandRun(0, "ALLOW\nrevision  r-7\n", ""), check());
  }

  @Test
  void check_allowThatEnds_saysWhen() {
    answer(
        CheckResponse.newBuilder()
            .setDecision(Decision.DECISION_ALLOW)
            .setGrantExpireTime(World.time("2026-11-23T12:12:30Z"))
            .setRevision("r-7"));

    assertEquals("ALLOW\nexpires   in 2 hours (2026-11-23 12:12Z)\nrevision  r-7\n", check().out());
  }

  @Test
  void check_deny_exitsOneWithReasonAndMissing() {
    answer(deny());

    assertEquals(
        new CommandRun(
            1,
            """
            DENY SCOPE_NOT_GRANTED: granted, but not all of these scopes
            missing   b
                      c
            revision  r-7
            """,
            ""),
        check());
  }

  @Test
  void check_denyForAnUnknownReason_exitsOne() {
    answer(deny().setDenyReasonValue(77));

    CommandRun run = check();

    assertEquals(1, run.code());
    assertTrue(run.out().startsWith("DENY UNRECOGNIZED: "), run.out());
  }

  @Test
  void check_json_isTheReplyWithoutDefaults() {
    answer(deny());

    assertEquals(
        new CommandRun(
            1,
            """
            {
              "decision": "DECISION_DENY",
              "denyReason": "DENY_REASON_SCOPE_NOT_GRANTED",
              "missingScopes": ["b", "c"],
              "revision": "r-7"
            }
            """,
            ""),
        check("--output", "json"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, -1})
  void check_noDecisionThatIsKnown_exitsTwo(int decision) {
    answer(CheckResponse.newBuilder().setDecisionValue(decision));

    CommandRun run = check();

    assertEquals(2, run.code());
    assertTrue(run.out().startsWith("DENY"), run.out());
    assertTrue(run.err().contains("treat it as DENY"), run.err());
  }

  @Test
  void check_error_exitsTwo() {
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        request -> {
          throw Status.INTERNAL.asRuntimeException();
        });

    assertEquals(new CommandRun(2, "", "consentry: INTERNAL (INTERNAL)\n"), check());
  }

  @Test
  void check_scopesAndFreshness_areAskedAsGiven() {
    answer(deny());

    check("--scope", "b,c", "--at-least", "r-5");
    check("--fully-consistent");

    List<CheckRequest> sent = server.requests(DecisionServiceGrpc.getCheckMethod());
    assertEquals("acme", sent.get(0).getAccountId());
    assertEquals("sync", sent.get(0).getAppId());
    assertEquals(List.of("a", "b,c"), sent.get(0).getScopesList());
    assertEquals("r-5", sent.get(0).getConsistency().getAtLeastAsFresh());
    assertTrue(sent.get(1).getConsistency().getFullyConsistent());
    check();
    assertEquals(
        Consistency.getDefaultInstance(),
        server.requests(DecisionServiceGrpc.getCheckMethod()).get(2).getConsistency());
  }

  private void answer(CheckResponse.Builder response) {
    server.on(DecisionServiceGrpc.getCheckMethod(), request -> response.build());
  }

  private CommandRun check(String... more) {
    List<String> args =
        new ArrayList<>(List.of("check", "--account", "acme", "--app", "sync", "--scope", "a"));
    args.addAll(Arrays.asList(more));
    return CommandRun.of(server, args.toArray(String[]::new));
  }

  private static CheckResponse.Builder deny() {
    return CheckResponse.newBuilder()
        .setDecision(Decision.DECISION_DENY)
        .setDenyReason(DenyReason.DENY_REASON_SCOPE_NOT_GRANTED)
        .addMissingScopes("b")
        .addMissingScopes("c")
        .setRevision("r-7");
  }
}
