package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Violation;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.http.authzen.Parts.SearchedFor;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Several evaluations of one request, those set apart that need no answer of the table's.
 *
 * @param questions of the others, in order
 * @param requirements of the others
 * @param verdicts one for each evaluation; null where its question stands for it
 */
record Evaluations(
    Semantic semantic,
    List<CheckQuestion> questions,
    List<Requirement> requirements,
    List<@Nullable Verdict> verdicts) {
  static final int ITEMS_MAX = 1_000;

  private static final String ITEMS = "evaluations";
  private static final String OPTIONS = "options";
  private static final String SEMANTIC = "evaluations_semantic";

  /** Tells what an evaluation asks, to a caller who may ask it. */
  interface Asking extends Function<Evaluation, Asked> {}

  /**
   * The evaluations of a request; null if it is a single one.
   *
   * @throws InvalidFieldsException if it is not well formed as a whole
   */
  static @Nullable ArrayNode items(ObjectNode request) {
    if (!request.hasNonNull(ITEMS)) {
      return null;
    }
    if (!(request.get(ITEMS) instanceof ArrayNode items)) {
      throw invalid(ITEMS, "must be an array");
    }
    if (items.size() > ITEMS_MAX) {
      throw invalid(ITEMS, "must be at most %d, are %d".formatted(ITEMS_MAX, items.size()));
    }
    return items.isEmpty() ? null : items;
  }

  /**
   * How they are to be answered.
   *
   * @throws InvalidFieldsException if no word that is known says so
   */
  static Semantic semantic(ObjectNode request) {
    if (!request.hasNonNull(OPTIONS)) {
      return Semantic.EXECUTE_ALL;
    }
    if (!(request.get(OPTIONS) instanceof ObjectNode options)) {
      throw invalid(OPTIONS, "must be an object");
    }
    JsonNode semantic = options.get(SEMANTIC);
    if (semantic == null) {
      return Semantic.EXECUTE_ALL;
    }
    return Semantic.of(semantic.stringValue(""))
        .orElseThrow(() -> invalid(OPTIONS + "." + SEMANTIC, "must be one of " + Semantic.texts()));
  }

  /**
   * Takes a request apart.
   *
   * @param items as {@link #items} gave them
   * @param failed what an evaluation gets that is bad, or that the caller may not ask for
   * @throws InvalidFieldsException if what all of them share is not well formed
   */
  static Evaluations of(
      ObjectNode request, ArrayNode items, Asking asking, Function<Throwable, Verdict> failed) {
    Semantic semantic = semantic(request);
    Parts defaults = Parts.of(request, SearchedFor.NOTHING);
    var questions = new ArrayList<CheckQuestion>(items.size());
    var requirements = new ArrayList<Requirement>(items.size());
    var verdicts = new ArrayList<@Nullable Verdict>(items.size());
    for (JsonNode item : items) {
      try {
        Evaluation evaluation = parts(item).or(defaults).evaluation();
        switch (asking.apply(evaluation)) {
          case Asked.Nothing(var what) -> verdicts.add(new Verdict.Nothing(what));
          case Asked.Question(var question) -> {
            questions.add(question);
            requirements.add(evaluation.requirement());
            verdicts.add(null);
          }
        }
        // An evaluation that cannot be answered does not keep the others from it.
      } catch (RuntimeException e) {
        verdicts.add(failed.apply(e));
      }
    }
    return new Evaluations(semantic, questions, requirements, verdicts);
  }

  private static Parts parts(JsonNode item) {
    if (item instanceof ObjectNode object) {
      return Parts.of(object, SearchedFor.NOTHING);
    }
    throw invalid("an evaluation", "must be an object");
  }

  /** Fresh enough for each of them. */
  Consistency consistency() {
    return Requirement.strictest(requirements);
  }

  /**
   * All that is told, in order.
   *
   * @param answers to the questions
   */
  List<Verdict> told(List<Answer> answers) {
    requireReached(answers);
    Iterator<Answer> next = answers.iterator();
    var told = new ArrayList<Verdict>(verdicts.size());
    for (Verdict known : verdicts) {
      Verdict verdict = known == null ? new Verdict.Decided(next.next()) : known;
      told.add(verdict);
      if (semantic.endsWith(verdict.isAllowed())) {
        break;
      }
    }
    return told;
  }

  private void requireReached(List<Answer> answers) {
    if (!answers.isEmpty()) {
      Revision at = answers.getFirst().at();
      requirements.forEach(requirement -> requirement.requireReachedBy(at));
    }
  }

  private static InvalidFieldsException invalid(String field, String description) {
    return new InvalidFieldsException(List.of(new Violation(field, description)));
  }
}
