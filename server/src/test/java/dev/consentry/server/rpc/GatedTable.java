package dev.consentry.server.rpc;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.server.table.View;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A table before whose store there is a gate, which can be shut for one app. */
final class GatedTable implements DecisionPoint {
  /** Nothing is ever known of this app without asking the store. */
  static final String COLD_APP = "cold";

  private final AtomicInteger asked = new AtomicInteger();
  private volatile @Nullable DecisionPoint table;
  private volatile CompletableFuture<@Nullable Void> gate = CompletableFuture.completedFuture(null);

  DecisionPoint wrapping(DecisionPoint wrapped) {
    table = wrapped;
    return this;
  }

  void shut() {
    gate = new CompletableFuture<>();
  }

  void open() {
    gate.complete(null);
  }

  /** Lets what waits at the gate fail. */
  void fail(RuntimeException cause) {
    gate.completeExceptionally(cause);
  }

  /** How many single questions it was asked. */
  int asked() {
    return asked.get();
  }

  void awaitAsked(int count) {
    Await.until(count + " questions", () -> asked.get() >= count);
  }

  @Override
  public @Nullable Truth known(AskedKey key) {
    Truth known = table().known(key);
    if (known != null) {
      asked.incrementAndGet();
    }
    return known;
  }

  @Override
  public View view() {
    return table().view();
  }

  @Override
  public long decisionMicros() {
    return table().decisionMicros();
  }

  @Override
  public @Nullable Answer answerNow(CheckQuestion question, Consistency consistency) {
    asked.incrementAndGet();
    return isCold(question) ? null : table().answerNow(question, consistency);
  }

  @Override
  public CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency) {
    return isCold(question)
        ? gate.thenCompose(_ -> table().answer(question, consistency))
        : table().answer(question, consistency);
  }

  @Override
  public @Nullable List<Answer> answerAllNow(
      List<CheckQuestion> questions, Consistency consistency) {
    return null;
  }

  @Override
  public CompletableFuture<List<Answer>> answerAll(
      List<CheckQuestion> questions, Consistency consistency) {
    return gate.thenCompose(_ -> table().answerAll(questions, consistency));
  }

  private DecisionPoint table() {
    return requireNonNull(table);
  }

  private static boolean isCold(CheckQuestion question) {
    return question.key().app().value().equals(COLD_APP);
  }
}
