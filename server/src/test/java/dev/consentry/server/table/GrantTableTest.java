package dev.consentry.server.table;

import static dev.consentry.server.table.TableUnderTest.APP;
import static dev.consentry.server.table.TableUnderTest.KEY;
import static dev.consentry.server.table.TableUnderTest.MAX_STALENESS;
import static dev.consentry.server.table.TableUnderTest.OTHER_KEY;
import static dev.consentry.server.table.TableUnderTest.OTHER_QUESTION;
import static dev.consentry.server.table.TableUnderTest.QUESTION;
import static dev.consentry.server.table.TableUnderTest.assertAllowed;
import static dev.consentry.server.table.TableUnderTest.assertDenied;
import static dev.consentry.server.table.TableUnderTest.assertRefused;
import static dev.consentry.server.table.TableUnderTest.await;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class GrantTableTest {
  private static final Duration PAST_THE_BOUND = MAX_STALENESS.plusMillis(1);

  private final TableUnderTest under = new TableUnderTest(HookedState::new);

  @Test
  void answerNow_coldKey_isNull() {
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
  }

  @Test
  void answerNow_warmKey_isAnsweredWithoutALoad() {
    under.warm();
    long loads = under.table.loads();
    Answer answer = requireNonNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    assertAllowed(answer.decision());
    assertEquals(2, answer.at().number());
    assertEquals(loads, under.table.loads());
  }

  @Test
  void answer_keyNeverGranted_isKeptAsAbsence() {
    var stranger = TableUnderTest.question(new GrantKey(new AccountId("stranger"), APP));
    assertDenied(DenyReason.NO_GRANT, under.check(stranger));
    long loads = under.table.loads();
    assertDenied(DenyReason.NO_GRANT, under.check(stranger));
    assertEquals(loads, under.table.loads());
    under.follow(under.store.grant(stranger.key(), "read"));
    assertAllowed(under.check(stranger));
    assertEquals(loads, under.table.loads());
  }

  @Test
  void follow_suspensionAndResumption_reachesEveryWarmKeyOfTheApp() {
    under.warm();
    under.follow(under.store.suspend(APP));
    assertDenied(DenyReason.APP_SUSPENDED, under.check(QUESTION));
    assertDenied(DenyReason.APP_SUSPENDED, under.check(OTHER_QUESTION));
    under.follow(under.store.resume(APP));
    assertAllowed(under.check(QUESTION));
    assertEquals(2, under.table.loads(), "from memory");
  }

  @Test
  void follow_changeThatDecidesNothing_movesProgressOnly() {
    under.warm();
    under.follow(List.of(new NoDecisionChange(3)));
    assertEquals(3, under.state().progress().revision().number());
    assertAllowed(under.check(QUESTION));
  }

  @Test
  void follow_holeInTheLog_throwsAndProgressStays() {
    under.warm();
    under.store.revoke(KEY);
    var e =
        assertThrows(
            IllegalStateException.class, () -> under.follow(under.store.revoke(OTHER_KEY)));
    assertEquals("the log has a hole: expected revision 3, got 4", e.getMessage());
    assertEquals(2, under.state().progress().revision().number());
    assertAllowed(under.check(OTHER_QUESTION));
  }

  @Test
  void follow_holeInTheMiddle_appliesNothing() {
    under.warm();
    var changes = new ArrayList<>(under.store.revoke(KEY));
    changes.add(new GrantChange(5, OTHER_KEY, Standing.NONE, 0));
    assertThrows(IllegalStateException.class, () -> under.follow(changes));
    assertEquals(2, under.state().progress().revision().number());
    assertAllowed(under.check(QUESTION));
  }

  @Test
  void answer_storeFails_isUnavailableAndNotRemembered() {
    under.store.afterNextSnapshot(() -> {
      throw new RefusedException(new Refusal.StoreUnavailable());
    });
    assertRefused(Refusal.StoreUnavailable.class, under.ask(QUESTION));
    assertEquals(1, under.table.failedLoads());
    assertAllowed(under.check(QUESTION));
  }

  @Test
  void answer_loadTakesTooLong_isUnavailableAndTheNextIsSent() {
    Gate stuck = under.store.holdNextLoad();
    assertRefused(Refusal.StoreUnavailable.class, under.ask(QUESTION));
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    assertAllowed(under.check(QUESTION));
    stuck.open();
  }

  @Test
  void answer_oneCallerGivesUp_theOthersAreAnswered() {
    Gate load = under.store.holdNextLoad();
    var first = under.ask(QUESTION);
    var second = under.ask(QUESTION);
    load.awaitReached();
    first.cancel(true);
    load.open();
    assertAllowed(await(second).decision());
    assertEquals(1, under.table.loads());
  }

  @Test
  void answer_executorRefuses_nobodyHangs() {
    var refusing =
        new TableUnderTest(
            HookedState::new,
            Shares.ofBytes(1 << 20),
            task -> {
              throw new RejectedExecutionException("shutting down");
            });
    assertRefused(Refusal.StoreUnavailable.class, refusing.ask(QUESTION));
    assertRefused(Refusal.StoreUnavailable.class, refusing.ask(QUESTION));
    assertRefused(Refusal.StoreUnavailable.class, refusing.askFully(QUESTION));
  }

  @Test
  void answer_loadFailsWhileOthersWait_nobodyHangs() {
    var load = new Gate();
    under.store.afterNextSnapshot(() -> {
      load.run();
      throw new RefusedException(new Refusal.StoreUnavailable());
    });
    var sent = under.ask(QUESTION);
    load.awaitReached();
    var joined = under.ask(QUESTION);
    var waiting = under.askFully(QUESTION);
    load.open();
    assertRefused(Refusal.StoreUnavailable.class, sent);
    assertRefused(Refusal.StoreUnavailable.class, joined);
    assertAllowed(await(waiting).decision());
  }

  @Test
  void answer_thousandCallersOnOneColdKey_twoLoadsAtMost() {
    Gate load = under.store.holdNextLoad();
    var answers = new ArrayList<CompletableFuture<Answer>>();
    answers.add(under.ask(QUESTION));
    load.awaitReached();
    for (int i = 1; i < 1_000; i++) {
      answers.add(i % 2 == 0 ? under.ask(QUESTION) : under.askFully(QUESTION));
    }
    load.open();
    answers.forEach(answer -> assertAllowed(await(answer).decision()));
    assertTrue(under.table.loads() <= 2, () -> under.table.loads() + " loads");
  }

  @Test
  void answerAll_allWarm_oneRevisionAndNoLoad() {
    under.warm();
    under.follow(under.store.revoke(KEY));
    long loads = under.table.loads();
    List<Answer> answers = askAll();
    assertDenied(DenyReason.GRANT_REVOKED, answers.get(0).decision());
    assertAllowed(answers.get(1).decision());
    assertEquals(List.of(3L, 3L), answers.stream().map(a -> a.at().number()).toList());
    assertEquals(loads, under.table.loads());
  }

  @Test
  void answerAll_oneCold_oneStatementForAll() {
    under.warm().evict(KEY);
    long loads = under.table.loads();
    askAll().forEach(answer -> assertAllowed(answer.decision()));
    assertEquals(loads + 1, under.table.loads());
  }

  @Test
  void answerAll_entryAheadOfProgress_isLoadedAtOneRevision() {
    under.warm();
    var revoked = under.store.revoke(KEY);
    under.evict(KEY);
    assertDenied(DenyReason.GRANT_REVOKED, under.check(QUESTION));
    List<Answer> answers = askAll();
    assertEquals(List.of(3L, 3L), answers.stream().map(a -> a.at().number()).toList());
    under.follow(revoked);
  }

  private List<Answer> askAll() {
    return await(
        under.table.answerAll(List.of(QUESTION, OTHER_QUESTION), Consistency.MINIMIZE_LATENCY));
  }

  @Test
  void answer_tokenReached_isFromMemory() {
    under.warm();
    assertAllowed(await(atLeast(under.store.position())).decision());
    assertEquals(2, under.table.loads());
  }

  @Test
  void answer_tokenNotFollowedYet_readsTheStore() {
    under.warm();
    under.store.revoke(KEY);
    Answer answer = await(atLeast(under.store.position()));
    assertDenied(DenyReason.GRANT_REVOKED, answer.decision());
    assertEquals(3, answer.at().number());
  }

  @Test
  void answer_tokenAheadOfTheStore_isRefusedAfterTwoLoads() {
    var ahead = new Revision(under.store.position().epoch(), 1_000);
    assertRefused(Refusal.RevisionAhead.class, atLeast(ahead));
    assertTrue(under.table.loads() <= 2, () -> under.table.loads() + " loads");
  }

  @Test
  void answer_tokenOfAnotherEpoch_readsTheStore() {
    under.warm();
    Answer answer = await(atLeast(new Revision(new Epoch("other-epoch-----"), 1_000)));
    assertAllowed(answer.decision());
    assertEquals(3, under.table.loads());
  }

  private CompletableFuture<Answer> atLeast(Revision token) {
    return under.table.answer(QUESTION, new Consistency.AtLeastAsFresh(token));
  }

  @Test
  void answer_proofTooOld_readsTheStore() {
    proveNow();
    under.warm().pass(MAX_STALENESS);
    assertNotNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    under.pass(Duration.ofMillis(1));
    assertReadsTheStore();
  }

  @Test
  void answer_monotonicClockStoodStill_readsTheStore() {
    proveNow();
    under.warm();
    under.wall.updateAndGet(now -> now.plus(PAST_THE_BOUND));
    assertReadsTheStore();
  }

  @Test
  void answer_wallClockStoodStill_readsTheStore() {
    proveNow();
    under.warm();
    under.nanos.addAndGet(PAST_THE_BOUND.toNanos());
    assertReadsTheStore();
  }

  @Test
  void answer_wallClockSetBack_monotonicClockBounds() {
    proveNow();
    under.warm();
    under.wall.updateAndGet(now -> now.minusSeconds(3_600));
    under.nanos.addAndGet(PAST_THE_BOUND.toNanos());
    assertReadsTheStore();
  }

  @Test
  void answerAll_proofTooOld_readsTheStore() {
    proveNow();
    under.warm().pass(PAST_THE_BOUND);
    long loads = under.table.loads();
    askAll();
    assertEquals(loads + 1, under.table.loads());
  }

  private void proveNow() {
    under.state().follow(List.of(), under.freshness.now());
  }

  private void assertReadsTheStore() {
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    under.store.revoke(KEY);
    assertDenied(DenyReason.GRANT_REVOKED, under.check(QUESTION));
  }

  @Test
  void answer_everyLoadSentTooLongAgo_isTooStale() {
    assertRefused(Refusal.TooStale.class, askOfSlowLoads(under));
  }

  @Test
  void answer_everyLoadSentTooLongAgoOnTheMutant_isSeenToFail() {
    var mutant = new TableUnderTest(Mutants.AgelessLoad::new);
    assertThrows(
        AssertionError.class, () -> assertRefused(Refusal.TooStale.class, askOfSlowLoads(mutant)));
  }

  private static CompletableFuture<Answer> askOfSlowLoads(TableUnderTest under) {
    under.store.afterNextSnapshot(() -> under.pass(PAST_THE_BOUND));
    under.store.afterNextSnapshot(() -> under.pass(PAST_THE_BOUND));
    return under.ask(QUESTION);
  }

  @Test
  void answer_firstLoadSentTooLongAgo_takesTheSecond() {
    under.store.afterNextSnapshot(() -> under.pass(PAST_THE_BOUND));
    assertAllowed(under.check(QUESTION));
    assertEquals(2, under.table.loads());
  }

  @Test
  void answer_clockSetBackAnHour_nothingRevives() {
    Instant now = under.wall.updateAndGet(instant -> instant);
    long expireMicros =
        TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + Duration.ofMinutes(1).toMillis() * 1_000;
    under.follow(under.store.grantUntil(KEY, expireMicros, "read"));
    assertAllowed(under.check(QUESTION));
    under.pass(Duration.ofMinutes(1).minusMillis(1));
    assertAllowed(under.check(QUESTION));
    under.pass(Duration.ofMillis(1));
    assertDenied(DenyReason.GRANT_EXPIRED, under.check(QUESTION));
    under.wall.set(now.minus(Duration.ofHours(1)));
    assertDenied(DenyReason.GRANT_EXPIRED, under.check(QUESTION));
    under.evict(KEY);
    assertDenied(DenyReason.GRANT_EXPIRED, under.check(QUESTION));
    assertDenied(DenyReason.GRANT_EXPIRED, askAll().getFirst().decision());
  }

  @Test
  void resync_anotherHistory_dropsEverything() {
    under.warm();
    under.store.restore();
    under.resync();
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    assertDenied(DenyReason.NO_GRANT, under.check(QUESTION));
  }

  @Test
  void answer_storeOfAnotherEpochThanTheTable_isUnavailableAndNotKept() {
    under.store.restore();
    assertRefused(Refusal.StoreUnavailable.class, under.ask(QUESTION));
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
  }

  @Test
  void resync_loadOfTheOldState_isNotKeptInTheNew() {
    lateLoad(under, under::resync);
  }

  @Test
  void resync_loadOfTheOldStateOnTheMutant_isSeenToFail() {
    assertThrows(AssertionError.class, () -> lateLoad(under, under::resyncInTheSameShares));
  }

  private static void lateLoad(TableUnderTest under, Runnable resync) {
    Gate load = under.store.holdNextLoad();
    var before = under.ask(QUESTION);
    load.awaitReached();
    under.store.restore();
    resync.run();
    load.open();
    await(before);
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    assertDenied(DenyReason.NO_GRANT, under.check(QUESTION));
  }
}
