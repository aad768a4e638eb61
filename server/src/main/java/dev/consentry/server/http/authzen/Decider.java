package dev.consentry.server.http.authzen;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Asks the table: what memory knows is told at once, the rest when the store has answered. */
final class Decider {
  /** How long a request waits for the store. */
  static final int CHECK_SECONDS_MAX = 2;

  private final DecisionPoint table;
  private final Counters counters;

  Decider(DecisionPoint table, Counters counters) {
    this.table = table;
    this.counters = counters;
  }

  void decide(
      Caller caller,
      CheckQuestion question,
      Consistency consistency,
      Exchange exchange,
      Consumer<Answer> then) {
    Answer known = table.answerNow(question, consistency);
    if (known == null) {
      load(caller, () -> table.answer(question, consistency), exchange, then);
    } else {
      then.accept(known);
    }
  }

  /** All at one revision. */
  void decideAll(
      Caller caller,
      List<CheckQuestion> questions,
      Consistency consistency,
      Exchange exchange,
      Consumer<List<Answer>> then) {
    List<Answer> known =
        questions.isEmpty() ? List.of() : table.answerAllNow(questions, consistency);
    if (known == null) {
      load(caller, () -> table.answerAll(questions, consistency), exchange, then);
    } else {
      then.accept(known);
    }
  }

  private <T> void load(
      Caller caller, Supplier<CompletableFuture<T>> load, Exchange exchange, Consumer<T> then) {
    counters.missed();
    CompletableFuture<T> loading = ScopedValue.where(CallerOf.CURRENT, caller).call(load::get);
    // It gives up alone: others may wait for the same load.
    var inTime = loading.copy().orTimeout(CHECK_SECONDS_MAX, TimeUnit.SECONDS);
    var _ =
        inTime.whenComplete((answer, failure) -> {
          if (failure == null) {
            exchange.attempt(() -> then.accept(answer));
          } else {
            exchange.fail(failure);
          }
        });
  }

  void count(Answer answer) {
    counters.decided(answer.decision());
  }
}
