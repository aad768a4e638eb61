package dev.consentry.server.history;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges recorded answers. Every answer names its revision, so each is compared with the log folded
 * up to there, and its revision with those that were acknowledged before it was asked.
 */
public final class HistoryCheck {
  private final Map<GrantKey, TreeMap<Long, Terms>> grants = new HashMap<>();
  private final Map<AppId, TreeMap<Long, Boolean>> suspensions = new HashMap<>();
  private final TreeMap<Long, Long> acknowledgedBy = new TreeMap<>();
  private final List<String> violations = new ArrayList<>();

  /**
   * A write whose reply has come.
   *
   * @param nanos when it came
   */
  public record Acknowledged(long nanos, long revision) {}

  /**
   * One answered question.
   *
   * @param beganNanos before it was sent
   * @param floor the revision it was asked with; 0 if none
   * @param nowMicros of the server's wall clock when it was answered
   */
  public record Answered(
      long beganNanos,
      CheckQuestion question,
      long floor,
      Decision decision,
      long at,
      long nowMicros) {}

  /**
   * The history to judge by.
   *
   * @param log every change, from revision 1 on, in order
   * @param acknowledged in any order
   */
  public HistoryCheck(List<Change> log, List<Acknowledged> acknowledged) {
    long last = 0;
    for (Change change : log) {
      last++;
      if (change.revision() != last) {
        violations.add("the log has %d where %d is due".formatted(change.revision(), last));
        last = change.revision();
      }
      fold(change);
    }
    long highest = 0;
    for (Acknowledged write :
        acknowledged.stream().sorted(Comparator.comparingLong(Acknowledged::nanos)).toList()) {
      highest = Math.max(highest, write.revision());
      acknowledgedBy.put(write.nanos(), highest);
    }
  }

  private void fold(Change change) {
    switch (change) {
      case GrantChange grant -> {
        Terms terms = grant.standing().terms();
        if (terms == null) {
          throw new IllegalArgumentException("a change of a grant to nothing: " + grant);
        }
        grants.computeIfAbsent(grant.key(), _ -> new TreeMap<>()).put(grant.revision(), terms);
      }
      case AppChange app ->
          suspensions
              .computeIfAbsent(app.app(), _ -> new TreeMap<>())
              .put(app.revision(), app.suspended());
      case NoDecisionChange _ -> {}
    }
  }

  /** Judges an answer by itself. */
  public void judge(Answered answer) {
    Decision right =
        Decision.decide(
            answer.question(), standing(answer.question().key(), answer.at()), answer.nowMicros());
    if (!right.equals(answer.decision())) {
      violations.add("(a) the log says " + right + ": " + answer);
    }
    if (answer.at() < answer.floor()) {
      violations.add("(b) older than asked for: " + answer);
    }
    var before = acknowledgedBy.lowerEntry(answer.beganNanos());
    if (before != null && answer.at() < before.getValue()) {
      violations.add("(c) %d was acknowledged before: %s".formatted(before.getValue(), answer));
    }
  }

  /** Judges the answers of one batch: each by itself, and all at one revision. */
  public void judgeBatch(List<Answered> answers) {
    answers.forEach(this::judge);
    if (answers.stream().map(Answered::at).distinct().count() > 1) {
      violations.add("(f) a batch at several revisions: " + answers);
    }
  }

  /** What is wrong; empty if nothing is. */
  public List<String> violations() {
    return List.copyOf(violations);
  }

  private Standing standing(GrantKey key, long at) {
    var terms = grants.getOrDefault(key, new TreeMap<>()).floorEntry(at);
    var suspended = suspensions.getOrDefault(key.app(), new TreeMap<>()).floorEntry(at);
    return new Standing(
        suspended != null && suspended.getValue(), terms == null ? null : terms.getValue());
  }
}
