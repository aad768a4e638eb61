package dev.consentry.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.history.HistoryCheck.Acknowledged;
import dev.consentry.server.history.HistoryCheck.Asked;
import dev.consentry.server.history.HistoryCheck.Instants;
import dev.consentry.server.history.HistoryCheck.Item;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A history of four revisions: an app, a grant that ends at microsecond 1,000, its revocation, a
 * suspension. All were acknowledged by replica one, at nanosecond 10, 20, 30 and 40.
 */
final class HistoryCheckTest {
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), new AppId("app"));
  private static final List<Scope> SCOPES = List.of(new Scope("read"));
  private static final CheckQuestion QUESTION = new CheckQuestion(KEY, SCOPES);
  private static final List<Change> LOG =
      List.of(
          new NoDecisionChange(1),
          new GrantChange(2, KEY, standing(GrantState.ACTIVE), 0),
          new GrantChange(3, KEY, standing(GrantState.REVOKED), 0),
          new AppChange(4, KEY.app(), true));
  private static final List<Acknowledged> WRITES =
      List.of(written(1, 10), written(2, 20), written(3, 30), written(4, 40));
  private static final Decision ALLOW = new Decision.Allow(1_000);
  private static final Decision NO_GRANT = deny(DenyReason.NO_GRANT);
  private static final Decision REVOKED = deny(DenyReason.GRANT_REVOKED);
  private static final Decision EXPIRED = deny(DenyReason.GRANT_EXPIRED);
  private static final Decision SUSPENDED = deny(DenyReason.APP_SUSPENDED);

  private final HistoryCheck check = new HistoryCheck(LOG, WRITES, Duration.ofNanos(15));

  @Test
  void violations_everyRevisionAnsweredAsItWas_none() {
    assertClean(asked("one", 5, item(NO_GRANT, 1)));
    assertClean(asked("one", 15, item(NO_GRANT, 1)));
    assertClean(asked("one", 25, item(ALLOW, 2)));
    assertClean(asked("one", 35, item(REVOKED, 3)));
    assertClean(asked("one", 45, item(SUSPENDED, 4)));
  }

  @Test
  void violations_otherDecisionThanTheLogs_a() {
    assertFound("(a)", asked("one", 35, item(ALLOW, 3)));
    assertFound("(a)", asked("one", 5, item(ALLOW, 1)));
    assertFound("(a)", asked("one", 45, item(REVOKED, 4)));
  }

  @Test
  void violations_revisionThatNeverWas_a() {
    assertFound("(a)", asked("one", 45, item(SUSPENDED, 5)));
  }

  @Test
  void violations_expiryBetweenCallAndReply_eitherIsRight() {
    assertClean(asked("one", 25, 999, 1_000, item(ALLOW, 2)));
    assertClean(asked("one", 25, 999, 1_000, item(EXPIRED, 2)));
    assertFound("(a)", asked("one", 25, 1_000, 1_001, item(ALLOW, 2)));
    assertFound("(a)", asked("one", 25, 998, 999, item(EXPIRED, 2)));
  }

  @Test
  void violations_belowTheToken_b() {
    var asked =
        new Asked(
            "two", new Instants(15, 0), new Instants(16, 0), 3, false, List.of(item(ALLOW, 2)));
    assertFound("(b)", asked);
  }

  @Test
  void violations_belowWhatTheReplicaAcknowledged_c() {
    assertFound("(c)", asked("one", 31, item(ALLOW, 2)));
    assertClean(asked("one", 30, item(ALLOW, 2)));
    assertClean(asked("two", 31, item(ALLOW, 2)));
  }

  @Test
  void violations_olderThanTheBound_d() {
    assertClean(asked("two", 45, item(ALLOW, 2)));
    assertFound("(d)", asked("two", 46, item(ALLOW, 2)));
  }

  @Test
  void violations_fullyConsistentButOlder_e() {
    assertFound("(e)", fully(31, item(ALLOW, 2)));
    assertClean(fully(31, item(REVOKED, 3)));
  }

  @Test
  void violations_batchAtTwoRevisions_f() {
    assertFound("(f)", asked("two", 31, item(REVOKED, 3), item(ALLOW, 2)));
    assertClean(asked("two", 31, item(REVOKED, 3), item(REVOKED, 3)));
  }

  @Test
  void new_logWithAHole_throws() {
    var log = List.<Change>of(new NoDecisionChange(1), new NoDecisionChange(3));
    assertThrows(
        IllegalArgumentException.class, () -> new HistoryCheck(log, WRITES, Duration.ZERO));
  }

  private void assertClean(Asked asked) {
    assertEquals(List.of(), check.violations(List.of(asked)));
  }

  private void assertFound(String rule, Asked asked) {
    List<String> found = check.violations(List.of(asked));
    assertEquals(1, found.size(), found::toString);
    assertTrue(found.getFirst().startsWith(rule), found::toString);
  }

  private static Asked asked(String replica, long beganNanos, Item... items) {
    return asked(replica, beganNanos, 0, 0, items);
  }

  private static Asked asked(
      String replica, long beganNanos, long beganMicros, long repliedMicros, Item... items) {
    return new Asked(
        replica,
        new Instants(beganNanos, beganMicros),
        new Instants(beganNanos + 1, repliedMicros),
        0,
        false,
        List.of(items));
  }

  private static Asked fully(long beganNanos, Item item) {
    return new Asked(
        "two",
        new Instants(beganNanos, 0),
        new Instants(beganNanos + 1, 0),
        0,
        true,
        List.of(item));
  }

  private static Item item(Decision decision, long at) {
    return new Item(QUESTION, decision, at);
  }

  private static Decision deny(DenyReason reason) {
    return new Decision.Deny(reason, SCOPES);
  }

  private static Standing standing(GrantState state) {
    return new Standing(false, new Terms(state, ScopeSet.of(SCOPES), 1_000));
  }

  private static Acknowledged written(long revision, long atNanos) {
    return new Acknowledged("one", revision, atNanos);
  }
}
