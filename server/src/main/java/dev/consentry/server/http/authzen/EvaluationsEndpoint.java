package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.Caller;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Several evaluations a request; a single one where it has none. */
final class EvaluationsEndpoint implements Endpoint {
  private final Vocabulary vocabulary;
  private final Decider decider;
  private final EvaluationEndpoint single;
  private final Faults faults;

  EvaluationsEndpoint(
      Vocabulary vocabulary, Decider decider, EvaluationEndpoint single, Faults faults) {
    this.vocabulary = vocabulary;
    this.decider = decider;
    this.single = single;
    this.faults = faults;
  }

  @Override
  public void answer(Caller caller, byte[] body, Exchange exchange) {
    answer(caller, Json.object(body), exchange);
  }

  private void answer(Caller caller, ObjectNode request, Exchange exchange) {
    ArrayNode items = Evaluations.items(request);
    if (items == null) {
      var _ = Evaluations.semantic(request);
      single.answer(caller, request, exchange);
      return;
    }
    if (!caller.rights().mayDecideSomething()) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
    Evaluations evaluations =
        Evaluations.of(
            request,
            items,
            evaluation -> vocabulary.asked(caller.rights(), evaluation),
            this::failed);
    decider.decideAll(
        caller,
        evaluations.questions(),
        evaluations.consistency(),
        exchange,
        (answers, loaded) -> exchange.answer(told(caller, evaluations.told(answers), loaded)));
  }

  private Verdict failed(Throwable thrown) {
    Fault fault = faults.of(thrown);
    return new Verdict.Failed(fault.status(), fault.detail());
  }

  private byte[] told(Caller caller, List<Verdict> verdicts, boolean loaded) {
    for (Verdict verdict : verdicts) {
      if (verdict instanceof Verdict.Decided decided) {
        decider.told(caller, decided, loaded);
      }
    }
    return Json.write(json -> write(json, verdicts));
  }

  private static void write(JsonGenerator json, List<Verdict> verdicts) {
    json.writeArrayPropertyStart("evaluations");
    for (Verdict verdict : verdicts) {
      json.writeStartObject();
      verdict.write(json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
