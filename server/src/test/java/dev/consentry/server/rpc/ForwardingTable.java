package dev.consentry.server.rpc;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.server.table.View;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Says what another table says. */
interface ForwardingTable extends DecisionPoint {
  DecisionPoint table();

  @Override
  default @Nullable Truth known(AskedKey key) {
    return table().known(key);
  }

  @Override
  default View view() {
    return table().view();
  }

  @Override
  default long decisionMicros() {
    return table().decisionMicros();
  }

  @Override
  default @Nullable Answer answerNow(CheckQuestion question, Consistency consistency) {
    return table().answerNow(question, consistency);
  }

  @Override
  default CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency) {
    return table().answer(question, consistency);
  }

  @Override
  default @Nullable List<Answer> answerAllNow(
      List<CheckQuestion> questions, Consistency consistency) {
    return table().answerAllNow(questions, consistency);
  }

  @Override
  default CompletableFuture<List<Answer>> answerAll(
      List<CheckQuestion> questions, Consistency consistency) {
    return table().answerAll(questions, consistency);
  }
}
