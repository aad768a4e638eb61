package dev.consentry.server.http.authzen;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.door.DoorLog;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Reason;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the table: what memory knows is told at once, the rest when the store has answered. */
final class Decider {
  /** How long a request waits for the store. */
  static final int CHECK_SECONDS_MAX = 2;

  /** What the log calls this door. */
  static final String DOOR = "authzen";

  private static final int OK = 200;
  private static final String NO_BODY = "";

  private final DecisionPoint table;
  private final Counters counters;
  private final DoorLog log;

  /** What is done with an answer. */
  interface Then<T> {
    /**
     * Here it is.
     *
     * @param loaded whether the store was asked for it
     */
    void accept(T answer, boolean loaded);
  }

  Decider(DecisionPoint table, Counters counters, DoorLog log) {
    this.table = table;
    this.counters = counters;
    this.log = log;
  }

  void decide(
      Caller caller,
      CheckQuestion question,
      Consistency consistency,
      Exchange exchange,
      Then<Answer> then) {
    Answer known = table.answerNow(question, consistency);
    if (known == null) {
      load(caller, List.of(question), () -> table.answer(question, consistency), exchange, then);
    } else {
      then.accept(known, false);
    }
  }

  /** All at one revision. */
  void decideAll(
      Caller caller,
      List<CheckQuestion> questions,
      Consistency consistency,
      Exchange exchange,
      Then<List<Answer>> then) {
    List<Answer> known =
        questions.isEmpty() ? List.of() : table.answerAllNow(questions, consistency);
    if (known == null) {
      load(caller, questions, () -> table.answerAll(questions, consistency), exchange, then);
    } else {
      then.accept(known, false);
    }
  }

  private <T> void load(
      Caller caller,
      List<CheckQuestion> asked,
      Supplier<CompletableFuture<T>> load,
      Exchange exchange,
      Then<T> then) {
    counters.missed();
    CompletableFuture<T> loading;
    try {
      loading = ScopedValue.where(CallerOf.CURRENT, caller).call(load::get);
    } catch (RuntimeException e) {
      asked.forEach(question -> log.failed(caller, DOOR, question, e));
      throw e;
    }
    // It gives up alone: others may wait for the same load.
    var inTime = loading.copy().orTimeout(CHECK_SECONDS_MAX, TimeUnit.SECONDS);
    var _ =
        inTime.whenComplete((answer, failure) -> {
          if (failure == null) {
            exchange.attempt(() -> then.accept(answer, true));
          } else {
            asked.forEach(question -> log.failed(caller, DOOR, question, failure));
            exchange.fail(failure);
          }
        });
  }

  /** Counts what goes back, and lets the log hear of it. */
  void told(Caller caller, Verdict.Decided decided, boolean loaded) {
    CheckQuestion question = decided.question();
    Answer answer = decided.answer();
    if (loaded) {
      counters.loaded(1);
    }
    counters.decided(answer.decision());
    log.answered(
        caller,
        DOOR,
        question,
        switch (answer.decision()) {
          case Decision.Allow _ ->
              new DoorAnswer.Allowed(
                  new Subject(question.key().app(), question.key().account(), null),
                  DoorAnswer.text(question.scopes()),
                  answer.at().token());
          case Decision.Deny deny ->
              new DoorAnswer.Refused(
                  Reason.valueOf(deny.reason().name()), OK, null, NO_BODY, answer.at().token());
        });
  }
}
