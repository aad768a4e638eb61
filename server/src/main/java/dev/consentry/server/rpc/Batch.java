package dev.consentry.server.rpc;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Violations;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckError;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * A batch, its bad items set apart.
 *
 * @param questions of the good items, in order
 * @param results one for each item; that of a good one is still empty
 */
record Batch(
    List<CheckQuestion> questions, Consistency consistency, List<BatchCheckResult> results) {
  static final int ITEMS_MAX = 1_000;
  static final int SCOPES_MAX = 10_000;

  /**
   * Takes a request apart.
   *
   * @param error what an item gets that is bad, or that the caller may not ask for
   * @throws InvalidFieldsException if the batch as a whole is not what it may be
   */
  static Batch of(
      Caller caller, BatchCheckRequest request, Function<RuntimeException, CheckError> error) {
    Consistency consistency = consistencyOfWellFormed(request);
    var questions = new ArrayList<CheckQuestion>(request.getItemsCount());
    var results = new ArrayList<BatchCheckResult>(request.getItemsCount());
    for (BatchCheckItem item : request.getItemsList()) {
      try {
        questions.add(Checks.question(caller, item));
        results.add(BatchCheckResult.getDefaultInstance());
      } catch (InvalidFieldsException | RefusedException e) {
        results.add(BatchCheckResult.newBuilder().setError(error.apply(e)).build());
      }
    }
    return new Batch(questions, consistency, results);
  }

  private static Consistency consistencyOfWellFormed(BatchCheckRequest request) {
    var violations = new Violations();
    int items = request.getItemsCount();
    int scopes = scopesOf(request);
    if (items < 1 || items > ITEMS_MAX) {
      violations.add("items", "must be 1 to %d, are %d".formatted(ITEMS_MAX, items));
    }
    if (scopes > SCOPES_MAX) {
      violations.add(
          "items", "must name at most %d scopes in all, name %d".formatted(SCOPES_MAX, scopes));
    }
    Consistency consistency = Consistency.MINIMIZE_LATENCY;
    try {
      consistency = Checks.consistency(request.getConsistency());
    } catch (InvalidFieldsException e) {
      violations.addAll("", e.violations());
    }
    violations.throwIfAny();
    return consistency;
  }

  /** How many scopes the items name, repeats included. */
  private static int scopesOf(BatchCheckRequest request) {
    int scopes = 0;
    for (BatchCheckItem item : request.getItemsList()) {
      scopes += item.getScopesCount();
    }
    return scopes;
  }

  /** The results, those of good items filled in from the answers to their questions. */
  BatchCheckResponse response(List<Answer> answers) {
    var response = BatchCheckResponse.newBuilder();
    Iterator<Answer> next = answers.iterator();
    for (BatchCheckResult result : results) {
      response.addResults(
          result.hasError()
              ? result
              : BatchCheckResult.newBuilder().setResponse(Checks.response(next.next())).build());
    }
    return response.build();
  }
}
