package dev.consentry.server.table;

import static dev.consentry.server.table.TableUnderTest.KEY;
import static dev.consentry.server.table.TableUnderTest.MAX_STALENESS;
import static dev.consentry.server.table.TableUnderTest.OTHER_QUESTION;
import static dev.consentry.server.table.TableUnderTest.QUESTION;
import static dev.consentry.server.table.TableUnderTest.assertAllowed;
import static dev.consentry.server.table.TableUnderTest.assertDenied;
import static dev.consentry.server.table.TableUnderTest.assertRefused;
import static dev.consentry.server.table.TableUnderTest.await;
import static dev.consentry.server.table.TableUnderTest.awaitStopped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.decision.DenyReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a load may share a statement, and how old it then is. */
final class LoadRaceTest {
  private static final Duration PAST_THE_BOUND = MAX_STALENESS.plusMillis(1);

  /** What is forced, and loads that fail it. */
  enum Race {
    ASKED_WHILE_A_STATEMENT_IS_UNDER_WAY(
        LoadMutants.JoinsWhatWasSent::new, LoadRaceTest::askedWhileAStatementIsUnderWay),
    LONG_WAIT_BEFORE_THE_STATEMENT(
        LoadMutants.StampedWhenQueued::new, LoadRaceTest::longWaitBeforeTheStatement),
    LONG_WAIT_FOR_THE_STATEMENT(
        LoadMutants.StampedWhenLanded::new, LoadRaceTest::longWaitForTheStatement);

    // A constructor and a static method: neither has state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final LoadsMaker mutant;

    // As above.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Consumer<LoadsMaker> body;

    Race(LoadsMaker mutant, Consumer<LoadsMaker> body) {
      this.mutant = mutant;
      this.body = body;
    }
  }

  @ParameterizedTest
  @EnumSource(Race.class)
  void answer_race_isTrueAtItsTime(Race race) {
    race.body.accept(Loads::new);
  }

  @ParameterizedTest
  @EnumSource(Race.class)
  void answer_raceOnTheMutant_isSeenToFail(Race race) {
    assertThrows(AssertionError.class, () -> race.body.accept(race.mutant));
  }

  /** Nobody has followed the revoke: only the store knows of it. */
  private static void askedWhileAStatementIsUnderWay(LoadsMaker maker) {
    var threads = new ArrayList<Thread>();
    var under = under(maker, task -> threads.add(Thread.ofPlatform().start(task)));
    Gate load = under.store.holdNextLoad();
    CompletableFuture<List<Answer>> before =
        under.table.answerAll(List.of(QUESTION, OTHER_QUESTION), Consistency.MINIMIZE_LATENCY);
    load.awaitReached();
    under.store.revoke(KEY);
    var after = under.askFully(QUESTION);
    awaitStopped(threads.getLast());
    load.open();
    assertDenied(DenyReason.GRANT_REVOKED, await(after).decision());
    assertEquals(2, await(before).getFirst().at().number());
  }

  private static void longWaitBeforeTheStatement(LoadsMaker maker) {
    var tasks = new KeptTasks();
    var under = under(maker, tasks);
    var answer = under.ask(QUESTION);
    under.pass(PAST_THE_BOUND);
    tasks.runAll();
    assertAllowed(await(answer).decision());
    assertEquals(1, under.store.statements().size());
  }

  private static void longWaitForTheStatement(LoadsMaker maker) {
    var under = under(maker, Thread::startVirtualThread);
    under.store.afterNextSnapshot(() -> under.pass(PAST_THE_BOUND));
    under.store.afterNextSnapshot(() -> under.pass(PAST_THE_BOUND));
    assertRefused(Refusal.TooStale.class, under.ask(QUESTION));
  }

  private static TableUnderTest under(LoadsMaker maker, Executor executor) {
    return new TableUnderTest(HookedState::new, maker, executor);
  }
}
