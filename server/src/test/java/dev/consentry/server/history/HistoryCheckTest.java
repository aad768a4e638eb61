package dev.consentry.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.Decision.Allow;
import dev.consentry.server.decision.Decision.Deny;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.history.HistoryCheck.Acknowledged;
import dev.consentry.server.history.HistoryCheck.Answered;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HistoryCheckTest {
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), new AppId("app"));
  private static final Scope SCOPE = new Scope("read");
  private static final CheckQuestion QUESTION = new CheckQuestion(KEY, List.of(SCOPE));
  private static final Decision ALLOW = new Allow(Terms.NEVER);
  private static final List<Change> LOG =
      List.of(
          new NoDecisionChange(1),
          grant(2, GrantState.ACTIVE),
          grant(3, GrantState.REVOKED),
          grant(4, GrantState.ACTIVE),
          new AppChange(5, KEY.app(), true));

  private final HistoryCheck check =
      new HistoryCheck(LOG, List.of(new Acknowledged(30, 3), new Acknowledged(20, 2)));

  @Test
  void judge_truth_noViolation() {
    check.judge(answered(0, 0, deny(DenyReason.NO_GRANT), 1));
    check.judge(answered(25, 2, ALLOW, 2));
    check.judge(answered(31, 0, deny(DenyReason.GRANT_REVOKED), 3));
    check.judge(answered(40, 3, ALLOW, 4));
    check.judge(answered(40, 0, deny(DenyReason.APP_SUSPENDED), 5));
    assertEquals(List.of(), check.violations());
  }

  @Test
  void judge_notWhatTheLogSays_found() {
    check.judge(answered(0, 0, ALLOW, 3));
    assertFound("(a)");
  }

  @Test
  void judge_olderThanAskedFor_found() {
    check.judge(answered(0, 3, ALLOW, 2));
    assertFound("(b)");
  }

  @Test
  void judge_olderThanAcknowledged_found() {
    check.judge(answered(31, 0, ALLOW, 2));
    assertFound("(c)");
  }

  @Test
  void judgeBatch_severalRevisions_found() {
    check.judgeBatch(
        List.of(answered(0, 0, ALLOW, 2), answered(0, 0, deny(DenyReason.GRANT_REVOKED), 3)));
    assertFound("(f)");
  }

  @Test
  void construct_logWithAHole_found() {
    var holed =
        new HistoryCheck(List.of(new NoDecisionChange(1), new NoDecisionChange(3)), List.of());
    assertEquals(1, holed.violations().size());
  }

  private void assertFound(String rule) {
    assertEquals(1, check.violations().size(), check.violations().toString());
    assertTrue(check.violations().getFirst().startsWith(rule), check.violations().getFirst());
  }

  private static Answered answered(long began, long floor, Decision decision, long at) {
    return new Answered(began, QUESTION, floor, decision, at, 0);
  }

  private static Decision deny(DenyReason reason) {
    return new Deny(reason, List.of(SCOPE));
  }

  private static Change grant(long revision, GrantState state) {
    var terms = new Terms(state, ScopeSet.of(List.of(SCOPE)), Terms.NEVER);
    return new GrantChange(revision, KEY, new Standing(false, terms));
  }
}
