package dev.consentry.cli.bench;

import dev.consentry.client.FakeServer;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DenyReason;
import dev.consentry.v1.StreamCheckResponse;
import java.util.List;

/** Answers checks as a server does that the bench's world was written to. */
public final class CheckAnswers {
  private CheckAnswers() {}

  /** Tells a server to answer all three ways to ask. */
  public static FakeServer on(FakeServer server) {
    return server
        .on(
            DecisionServiceGrpc.getCheckMethod(),
            check -> answer(check.getAccountId(), check.getScopesList()))
        .on(
            DecisionServiceGrpc.getBatchCheckMethod(),
            batch ->
                BatchCheckResponse.newBuilder()
                    .addAllResults(
                        batch.getItemsList().stream()
                            .map(i ->
                                BatchCheckResult.newBuilder()
                                    .setResponse(answer(i.getAccountId(), i.getScopesList()))
                                    .build())
                            .toList())
                    .build())
        .on(
            DecisionServiceGrpc.getStreamCheckMethod(),
            item ->
                StreamCheckResponse.newBuilder()
                    .setCorrelationId(item.getCorrelationId())
                    .setResponse(
                        answer(item.getCheck().getAccountId(), item.getCheck().getScopesList()))
                    .build());
  }

  private static CheckResponse answer(String account, List<String> scopes) {
    if (account.startsWith("bench-never-seen-")) {
      return deny(DenyReason.DENY_REASON_NO_GRANT, scopes);
    }
    return scopes.contains(BenchWorld.NOT_GRANTED)
        ? deny(DenyReason.DENY_REASON_SCOPE_NOT_GRANTED, List.of(BenchWorld.NOT_GRANTED))
        : CheckResponse.newBuilder()
            .setDecision(Decision.DECISION_ALLOW)
            .setRevision("r-1")
            .build();
  }

  private static CheckResponse deny(DenyReason reason, List<String> missing) {
    return CheckResponse.newBuilder()
        .setDecision(Decision.DECISION_DENY)
        .setDenyReason(reason)
        .addAllMissingScopes(missing)
        .setRevision("r-1")
        .build();
  }
}
