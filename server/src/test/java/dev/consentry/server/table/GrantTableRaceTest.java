package dev.consentry.server.table;

import static dev.consentry.server.table.TableUnderTest.APP;
import static dev.consentry.server.table.TableUnderTest.KEY;
import static dev.consentry.server.table.TableUnderTest.OTHER_KEY;
import static dev.consentry.server.table.TableUnderTest.OTHER_QUESTION;
import static dev.consentry.server.table.TableUnderTest.QUESTION;
import static dev.consentry.server.table.TableUnderTest.assertDenied;
import static dev.consentry.server.table.TableUnderTest.await;
import static dev.consentry.server.table.TableUnderTest.awaitStopped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Races that a latch forces, on the real table. Each holds, and is seen to fail for a table that
 * leaves out the step it is about.
 */
final class GrantTableRaceTest {
  /** What is forced, and a table that fails it. */
  enum Race {
    COLD_JOIN_AFTER_A_REVOKE(
        Mutants.JoinWithoutFloor::new, GrantTableRaceTest::coldJoinAfterARevoke),
    FULLY_CONSISTENT_WHILE_AN_OLDER_LOAD_FLIES(
        Mutants.FullyJoins::new, GrantTableRaceTest::fullyConsistentWhileAnOlderLoadFlies),
    REVOKE_WHILE_A_LOAD_IS_INSIDE_ITS_COMPUTE(
        Mutants.FollowLooksFirst::new, GrantTableRaceTest::revokeWhileALoadIsInsideItsCompute),
    SUSPENSION_WHILE_A_LOAD_IS_INSIDE_ITS_COMPUTE(
        Mutants.SweepWithoutPutLock::new,
        GrantTableRaceTest::suspensionWhileALoadIsInsideItsCompute),
    SUSPENSION_WHILE_AN_ENTRY_IS_BEING_REMOVED(
        Mutants.RemovalsNotAwaited::new, GrantTableRaceTest::suspensionWhileAnEntryIsBeingRemoved),
    SLOW_LOAD_DURING_A_REVOKE(
        Mutants.GuardOnProgress::new, GrantTableRaceTest::slowLoadDuringARevoke),
    BATCH_DURING_A_REVOKE(Mutants.BatchOneByOne::new, GrantTableRaceTest::batchDuringARevoke);

    // A constructor and a static method: neither has state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final StateMaker mutant;

    // As above.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Consumer<StateMaker> body;

    Race(StateMaker mutant, Consumer<StateMaker> body) {
      this.mutant = mutant;
      this.body = body;
    }
  }

  @ParameterizedTest
  @EnumSource(Race.class)
  void answer_race_isNotStale(Race race) {
    race.body.accept(HookedState::new);
  }

  @ParameterizedTest
  @EnumSource(Race.class)
  void answer_raceOnTheMutant_isSeenToFail(Race race) {
    assertThrows(AssertionError.class, () -> race.body.accept(race.mutant));
  }

  private static void coldJoinAfterARevoke(StateMaker maker) {
    var under = new TableUnderTest(maker);
    Gate load = under.store.holdNextLoad();
    var before = under.ask(QUESTION);
    load.awaitReached();
    under.follow(under.store.revoke(KEY));
    var after = under.ask(QUESTION);
    load.open();
    assertDenied(DenyReason.GRANT_REVOKED, await(after).decision());
    assertTrue(await(before).at().number() >= 2, "true at what it says");
    assertDenied(DenyReason.GRANT_REVOKED, under.check(QUESTION));
  }

  private static void fullyConsistentWhileAnOlderLoadFlies(StateMaker maker) {
    var under = new TableUnderTest(maker);
    Gate load = under.store.holdNextLoad();
    var before = under.ask(QUESTION);
    load.awaitReached();
    List<Change> notFollowedYet = under.store.revoke(KEY);
    var after = under.askFully(QUESTION);
    load.open();
    assertDenied(DenyReason.GRANT_REVOKED, await(after).decision());
    assertEquals(2, await(before).at().number());
    under.follow(notFollowedYet);
    assertDenied(DenyReason.GRANT_REVOKED, under.check(QUESTION));
  }

  private static void revokeWhileALoadIsInsideItsCompute(StateMaker maker) {
    var under = new TableUnderTest(maker);
    followWhileALoadIsInsideItsCompute(under, under.store::revoke);
    assertDenied(DenyReason.GRANT_REVOKED, under.check(QUESTION));
  }

  private static void suspensionWhileALoadIsInsideItsCompute(StateMaker maker) {
    var under = new TableUnderTest(maker);
    followWhileALoadIsInsideItsCompute(under, ignored -> under.store.suspend(APP));
    assertDenied(DenyReason.APP_SUSPENDED, under.check(QUESTION));
  }

  private static void followWhileALoadIsInsideItsCompute(
      TableUnderTest under, Function<GrantKey, List<Change>> change) {
    var inside = new Gate();
    under.hooked().insideCompute(inside);
    var load = under.ask(QUESTION);
    inside.awaitReached();
    List<Change> changes = change.apply(KEY);
    var follower = Thread.ofPlatform().start(() -> under.follow(changes));
    awaitStopped(follower);
    inside.open();
    join(follower);
    await(load);
  }

  private static void join(Thread thread) {
    try {
      assertTrue(thread.join(Duration.ofSeconds(10)), "the follower hangs");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * A walk passes over an entry that an eviction has begun to remove, and a look-up finds it until
   * the eviction is done: so it is in Caffeine, where nothing can be held in between.
   */
  private static void suspensionWhileAnEntryIsBeingRemoved(StateMaker maker) {
    var removing = new AtomicReference<@Nullable TableKey>();
    var grants = new Evicting<TableKey, Entry>(removing);
    Runnable awaitEvictions =
        () -> {
          TableKey gone = removing.get();
          if (gone != null) {
            grants.remove(gone);
          }
        };
    var under =
        new TableUnderTest(
            maker,
            new Shares(grants, new ConcurrentHashMap<>(), awaitEvictions, () -> 0),
            Thread::startVirtualThread);
    under.warm();
    removing.set(under.keys.of(KEY));
    under.follow(under.store.suspend(APP));
    assertDenied(DenyReason.APP_SUSPENDED, under.check(QUESTION));
    assertDenied(DenyReason.APP_SUSPENDED, under.check(OTHER_QUESTION));
  }

  /** The key was evicted, so the follower finds nothing to replace; the load must not be kept. */
  private static void slowLoadDuringARevoke(StateMaker maker) {
    var under = new TableUnderTest(maker).warm();
    under.evict(KEY);
    Gate load = under.store.holdNextLoad();
    var before = under.ask(QUESTION);
    load.awaitReached();
    List<Change> revoked = under.store.revoke(KEY);
    under
        .hooked()
        .beforePublish(ignored -> {
          load.open();
          await(before);
        });
    under.follow(revoked);
    assertNull(under.table.answerNow(QUESTION, Consistency.MINIMIZE_LATENCY));
    assertDenied(DenyReason.GRANT_REVOKED, under.check(QUESTION));
  }

  private static void batchDuringARevoke(StateMaker maker) {
    var onLookUp = new AtomicReference<@Nullable Runnable>();
    var under =
        new TableUnderTest(
            maker,
            new Shares(new LookedUp<>(onLookUp), new ConcurrentHashMap<>(), () -> {}, () -> 0),
            Thread::startVirtualThread);
    under.warm();
    long loads = under.table.loads();
    onLookUp.set(() -> under.follow(under.store.revoke(OTHER_KEY)));
    List<Answer> answers =
        await(
            under.table.answerAll(
                List.of(QUESTION, OTHER_QUESTION, QUESTION), Consistency.MINIMIZE_LATENCY));
    assertEquals(Set.of(3L), Set.copyOf(answers.stream().map(a -> a.at().number()).toList()));
    assertDenied(DenyReason.GRANT_REVOKED, answers.get(1).decision());
    assertEquals(loads + 1, under.table.loads(), "one statement");
  }

  /** A map where something happens once, right after somebody has looked something up. */
  private static final class LookedUp<K, V> extends ConcurrentHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final transient AtomicReference<@Nullable Runnable> next;

    LookedUp(AtomicReference<@Nullable Runnable> next) {
      this.next = next;
    }

    @Override
    public @Nullable V get(Object key) {
      V value = super.get(key);
      Runnable hook = next.getAndSet(null);
      if (hook != null) {
        hook.run();
      }
      return value;
    }
  }

  /** A map whose walks pass over one key that look-ups still find. */
  private static final class Evicting<K, V> extends ConcurrentHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final transient AtomicReference<@Nullable K> removing;

    Evicting(AtomicReference<@Nullable K> removing) {
      this.removing = removing;
    }

    // Its type is what this returns.
    @SuppressWarnings("UnnecessaryAsync")
    @Override
    public KeySetView<K, V> keySet() {
      var alive = new ConcurrentHashMap<K, V>(this);
      K gone = removing.get();
      if (gone != null) {
        alive.remove(gone);
      }
      return alive.keySet();
    }
  }
}
