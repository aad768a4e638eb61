package dev.consentry.server.http.authzen;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.http.authzen.Parts.SearchedFor;
import dev.consentry.server.security.Caller;
import tools.jackson.databind.node.ObjectNode;

/** One evaluation a request. */
final class EvaluationEndpoint implements Endpoint {
  private final Vocabulary vocabulary;
  private final Decider decider;

  EvaluationEndpoint(Vocabulary vocabulary, Decider decider) {
    this.vocabulary = vocabulary;
    this.decider = decider;
  }

  @Override
  public void answer(Caller caller, byte[] body, Exchange exchange) {
    answer(caller, Json.object(body), exchange);
  }

  void answer(Caller caller, ObjectNode request, Exchange exchange) {
    Evaluation evaluation = Parts.of(request, SearchedFor.NOTHING).evaluation();
    switch (vocabulary.asked(caller.rights(), evaluation)) {
      case Asked.Nothing(var what) -> exchange.answer(Json.write(new Verdict.Nothing(what)::write));
      case Asked.Question(var question) ->
          answer(caller, question, evaluation.requirement(), exchange);
    }
  }

  private void answer(
      Caller caller, CheckQuestion question, Requirement requirement, Exchange exchange) {
    decider.decide(
        caller,
        question,
        requirement.consistency(),
        exchange,
        (answer, loaded) -> {
          requirement.requireReachedBy(answer.at());
          var decided = new Verdict.Decided(question, answer);
          decider.told(caller, decided, loaded);
          exchange.answer(Json.write(decided::write));
        });
  }
}
