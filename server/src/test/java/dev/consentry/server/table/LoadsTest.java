package dev.consentry.server.table;

import static dev.consentry.server.table.TableUnderTest.APP;
import static dev.consentry.server.table.TableUnderTest.KEY;
import static dev.consentry.server.table.TableUnderTest.OTHER_KEY;
import static dev.consentry.server.table.TableUnderTest.OTHER_QUESTION;
import static dev.consentry.server.table.TableUnderTest.QUESTION;
import static dev.consentry.server.table.TableUnderTest.assertAllowed;
import static dev.consentry.server.table.TableUnderTest.assertDenied;
import static dev.consentry.server.table.TableUnderTest.assertRefused;
import static dev.consentry.server.table.TableUnderTest.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Loads that wait, and the statements that they share. Nothing runs before the test lets it. */
final class LoadsTest {
  private static final int MAX = LoadQueue.KEYS_TAKEN_MAX;

  private final KeptTasks tasks = new KeptTasks();
  private final TableUnderTest under = new TableUnderTest(HookedState::new, Loads::new, tasks);
  private final FakeStore store = under.store;

  @Test
  void answer_thousandKeysWaitAndOneSlotIsFreed_areLoadedInTenStatements() {
    List<GrantKey> keys = strangers(1_000);
    for (int i = 0; i < keys.size(); i += 2) {
      under.follow(store.grant(keys.get(i), "read"));
    }
    List<HeldSlot> held = holdEverySlot();
    var answers = keys.stream().map(TableUnderTest::question).map(under::ask).toList();
    held.getFirst().free();
    tasks.runAll();
    for (int i = 0; i < keys.size(); i++) {
      Decision decision = await(answers.get(i)).decision();
      if (i % 2 == 0) {
        assertAllowed(decision);
      } else {
        assertDenied(DenyReason.NO_GRANT, decision);
      }
    }
    assertEquals(Loads.SLOTS + 10, store.statements().size());
    assertEquals(Loads.SLOTS + 1_000, under.table.loads(), "loads, not statements");
    held.forEach(HeldSlot::free);
  }

  @Test
  void start_threadsWaitForASlot_theFirstToGetOneSendsForAll() {
    List<HeldSlot> held = holdEverySlot();
    var loads = oneByOne(MAX).stream().map(this::start).toList();
    tasks.startAll();
    held.getFirst().free();
    Load first = await(loads.getFirst());
    loads.forEach(load -> assertSame(first, await(load)));
    assertEquals(Loads.SLOTS + 1, store.statements().size());
    held.forEach(HeldSlot::free);
  }

  @Test
  void start_everySlotHeldTooLong_isUnavailableAndNeverSent() {
    List<HeldSlot> held = holdEverySlot();
    var load = start(List.of(KEY));
    tasks.startAll();
    assertRefused(Refusal.StoreUnavailable.class, load);
    held.forEach(HeldSlot::free);
    assertSentNext(List.of(OTHER_KEY));
  }

  @Test
  void start_tookTooLongWhileItWaited_isNeverSent() {
    var load = start(List.of(KEY));
    assertRefused(Refusal.StoreUnavailable.class, load);
    assertSentNext(List.of(OTHER_KEY));
  }

  private void assertSentNext(List<GrantKey> keys) {
    int before = store.statements().size();
    var load = start(keys);
    tasks.runAll();
    await(load);
    assertEquals(List.of(Set.copyOf(keys)), store.statements().stream().skip(before).toList());
  }

  @Test
  void start_asManyKeysAsAStatementTakes_oneStatement() {
    assertStatements(List.of(MAX), oneByOne(MAX));
  }

  @Test
  void start_oneKeyMore_twoStatements() {
    assertStatements(List.of(MAX, 1), oneByOne(MAX + 1));
  }

  @Test
  void start_severalKeysThatJustFit_oneStatement() {
    assertStatements(List.of(MAX), List.of(List.of(KEY), strangers(MAX - 1)));
  }

  @Test
  void start_severalKeysThatDoNotFit_areNotTornApart() {
    assertStatements(List.of(1, MAX), List.of(List.of(KEY), strangers(MAX)));
  }

  @Test
  void start_moreKeysThanAreTakenTogether_oneStatementAlone() {
    assertStatements(List.of(MAX + 1, 1), List.of(strangers(MAX + 1), List.of(KEY)));
  }

  private void assertStatements(List<Integer> sizes, List<List<GrantKey>> waiting) {
    var loads = waiting.stream().map(this::start).toList();
    tasks.runAll();
    for (int i = 0; i < waiting.size(); i++) {
      Set<GrantKey> brought = await(loads.get(i)).snapshot().standings().keySet();
      assertTrue(brought.containsAll(waiting.get(i)));
    }
    assertEquals(sizes, statementSizes());
  }

  private static List<List<GrantKey>> oneByOne(int count) {
    return strangers(count).stream().map(List::of).toList();
  }

  @Test
  void start_asManyAsMayWait_theNextIsUnavailable() {
    var loads = new ArrayList<CompletableFuture<Load>>();
    for (int i = 0; i < LoadQueue.LOADS_MAX; i++) {
      loads.add(start(List.of(KEY)));
    }
    assertFalse(loads.getLast().isDone());
    assertRefused(Refusal.StoreUnavailable.class, start(List.of(KEY)));
    tasks.runAll();
    loads.forEach(TableUnderTest::await);
    assertEquals(1, under.table.failedLoads());
  }

  @Test
  void answer_sharedStatementFails_allFailAndNothingIsKept() {
    store.afterNextSnapshot(() -> {
      throw new RefusedException(new Refusal.StoreUnavailable());
    });
    var first = under.ask(QUESTION);
    var second = under.ask(OTHER_QUESTION);
    tasks.runAll();
    assertRefused(Refusal.StoreUnavailable.class, first);
    assertRefused(Refusal.StoreUnavailable.class, second);
    assertEquals(2, under.table.failedLoads());
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    assertNull(under.table.answerNow(OTHER_QUESTION, Consistency.MINIMIZE_LATENCY));
    var again = List.of(under.ask(QUESTION), under.ask(OTHER_QUESTION));
    tasks.runAll();
    again.forEach(answer -> assertAllowed(await(answer).decision()));
    assertEquals(List.of(2, 2), statementSizes());
  }

  @Test
  void start_oneCannotKeepItsLoad_theOthersAreAnswered() {
    var bug = new IllegalStateException("not kept");
    var failing =
        under.loads.start(
            List.of(KEY),
            load -> {
              throw bug;
            });
    var other = start(List.of(OTHER_KEY));
    tasks.runAll();
    assertSame(bug, assertThrows(CompletionException.class, () -> await(failing)).getCause());
    await(other);
    assertEquals(1, store.statements().size());
  }

  @Test
  void start_sharedStatement_isKeptForAllBeforeAnybodyIsAnswered() {
    var steps = new ArrayList<String>();
    for (String name : List.of("first", "second")) {
      var _ =
          under
              .loads
              .start(List.of(KEY), load -> steps.add(name + " kept"))
              .thenRun(() -> steps.add(name + " answered"));
    }
    tasks.runAll();
    assertEquals(List.of("first kept", "second kept", "first answered", "second answered"), steps);
  }

  @Test
  void start_statementLandsTooLate_isKeptForAll() {
    Gate stuck = store.holdNextLoad();
    var kept = List.of(new CompletableFuture<Load>(), new CompletableFuture<Load>());
    var loads = kept.stream().map(to -> under.loads.start(List.of(KEY), to::complete)).toList();
    tasks.startAll();
    loads.forEach(load -> assertRefused(Refusal.StoreUnavailable.class, load));
    stuck.open();
    assertSame(await(kept.getFirst()), await(kept.getLast()));
    assertEquals(1, store.statements().size());
  }

  @Test
  void start_oneCallerGivesUp_itsLoadIsKeptAndTheOthersAreAnswered() {
    var kept = new CompletableFuture<Load>();
    var first = under.loads.start(List.of(KEY), kept::complete);
    var second = start(List.of(OTHER_KEY));
    first.cancel(true);
    tasks.runAll();
    assertSame(await(second), await(kept));
  }

  @Test
  void answer_revokedWhileItWaits_isSeen() {
    var waiting = under.ask(QUESTION);
    store.revoke(KEY);
    tasks.runAll();
    Answer answer = await(waiting);
    assertDenied(DenyReason.GRANT_REVOKED, answer.decision());
    assertEquals(3, answer.at().number());
  }

  @Test
  void answer_fullyConsistentWhileOneWaits_isSentAfterItWasAsked() {
    var waiting = under.ask(QUESTION);
    var fully = under.askFully(QUESTION);
    tasks.runAll();
    await(waiting);
    await(fully);
    assertEquals(List.of(1, 1), statementSizes());
  }

  private CompletableFuture<Load> start(List<GrantKey> keys) {
    return under.loads.start(keys, load -> {});
  }

  private List<Integer> statementSizes() {
    return store.statements().stream().map(Set::size).toList();
  }

  private static List<GrantKey> strangers(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new GrantKey(new AccountId("stranger-" + i), APP))
        .toList();
  }

  private List<HeldSlot> holdEverySlot() {
    var held = new ArrayList<HeldSlot>();
    for (int i = 0; i < Loads.SLOTS; i++) {
      var slot = new HeldSlot(store.holdNextLoad(), start(List.of(KEY)));
      tasks.startAll();
      slot.gate.awaitReached();
      held.add(slot);
    }
    return held;
  }

  /** A statement that does not come back before the test lets it. */
  private record HeldSlot(Gate gate, CompletableFuture<Load> load) {
    /** Returns when the slot is free. */
    void free() {
      gate.open();
      await(load);
    }
  }
}
