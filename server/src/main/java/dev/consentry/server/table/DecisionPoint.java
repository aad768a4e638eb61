package dev.consentry.server.table;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.CheckQuestion;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions, never from knowledge older than promised.
 *
 * <p>The futures fail with {@link RefusedException}: {@link Refusal.StoreUnavailable}, {@link
 * Refusal.TooStale} or {@link Refusal.RevisionAhead}. Nothing is ever allowed by a failure. They
 * complete on another thread or at once.
 */
public interface DecisionPoint {
  /**
   * What memory holds of a key and may tell now, to a caller without a floor; null if the store has
   * to be asked. Never blocks.
   */
  @Nullable Truth known(AskedKey key);

  /** What memory holds as of one revision. Never blocks. */
  View view();

  /** The time at which a decision is made, in microseconds since 1970. */
  long decisionMicros();

  /** From memory. Never blocks; null if the store has to be asked. */
  @Nullable Answer answerNow(CheckQuestion question, Consistency consistency);

  /** From memory or from the store. */
  CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency);

  /** All at one revision, from memory. Never blocks; null if the store has to be asked. */
  @Nullable List<Answer> answerAllNow(List<CheckQuestion> questions, Consistency consistency);

  /** All at one revision, in the order of the questions. */
  CompletableFuture<List<Answer>> answerAll(List<CheckQuestion> questions, Consistency consistency);
}
