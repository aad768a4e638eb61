package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.ADMIN;
import static dev.consentry.server.store.StoreFixture.START;
import static dev.consentry.server.store.StoreFixture.key;
import static dev.consentry.server.store.StoreFixture.refusalOf;
import static dev.consentry.server.store.StoreFixture.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.decision.GrantState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** What becomes of the history of every store, and what does not. */
abstract class RetentionContract {
  StoreFixture it;

  /** A new and empty store. */
  abstract ConsentStore open();

  @BeforeEach
  void openStore() {
    it = new StoreFixture(open());
  }

  @AfterEach
  void closeStore() {
    it.close();
    assertEquals(List.of(), it.failStops);
  }

  @Test
  void prune_anyPartSeed42_changesNothingButWhatTheHistoryTells() {
    var past = new RandomPast(it, 42, 240);
    for (int second = 0; second <= 240; second += 7) {
      pruneAll(it.store.retention(), START.plusSeconds(second));
      past.assertUnchanged(START.plusSeconds(second));
    }
    pruneAll(it.store.retention(), START.plusSeconds(240));
    past.assertUnchanged(START.plusSeconds(240));
    it.put("new");
    assertEquals(1, it.events().size());
  }

  @Test
  void mutant_everyEventUpToTheFloorGoes_losesWhatWasBefore() {
    assertMutantFails(
        new HistoryRetention(it.store.backend) {
          @Override
          void deleteSuperseded(DSLContext sql, long floor, long next) {
            sql.execute("DELETE FROM event WHERE revision <= ?", next);
          }
        });
  }

  @Test
  void mutant_requestsAreNotForgotten_losesWhatTheyWereAnswered() {
    assertMutantFails(
        new HistoryRetention(it.store.backend) {
          @Override
          int forgetRequests(DSLContext sql, long floor) {
            return 0;
          }
        });
  }

  @Test
  void mutant_rowsStay_areSeen() {
    assertMutantFails(
        new HistoryRetention(it.store.backend) {
          @Override
          void deleteSuperseded(DSLContext sql, long floor, long next) {}
        });
  }

  private void assertMutantFails(HistoryRetention mutant) {
    var past = new RandomPast(it, 42, 240);
    assertThrows(
        AssertionFailedError.class,
        () -> {
          for (int second = 0; second <= 240; second += 7) {
            pruneAll(mutant, START.plusSeconds(second));
            past.assertUnchanged(START.plusSeconds(second));
          }
        });
  }

  @Test
  void prune_atTheTimeOfAnEvent_keepsIt() {
    it.put("app");
    it.wall.set(START.plusSeconds(1));
    it.grant("acme", "app");
    assertEquals(0, it.store.retention().prune(START));
    assertEquals(1, it.store.retention().prune(START.plusNanos(1_000)));
    assertEquals(0, it.store.retention().prune(START.plusSeconds(1)));
    assertEquals(1, it.events().size());
    assertEquals(1, it.store.retention().prune(START.plusSeconds(2)));
    assertEquals(0, it.store.retention().prune(START.plusSeconds(2)));
    assertEquals(List.of(), it.events());
  }

  @Test
  void prune_moreThanAStep_takesSteps() {
    it.put("app");
    for (int part = 0; part < 3; part++) {
      String name = "a" + part + "-";
      it.all(numbers(700), i -> it.grant(name + i, "app"));
    }
    var retention = it.store.retention();
    it.wall.set(START.plusSeconds(1));
    Instant all = START.plusSeconds(1);
    assertEquals(HistoryRetention.REVISIONS_PER_STEP_MAX, retention.prune(all));
    assertEquals(1_101, it.events().size());
    assertEquals(HistoryRetention.REVISIONS_PER_STEP_MAX, retention.prune(all));
    assertEquals(101, retention.prune(all));
    assertEquals(0, retention.prune(all));
    assertEquals(2_100, it.grants().size());
  }

  @Test
  void prune_moreRequestsThanAStepAtOneRevision_forgetsThemFirst() {
    it.put("app");
    for (int part = 0; part < 2; part++) {
      it.all(
          numbers(550),
          i -> it.execute(new Revoke(ADMIN, key("a" + i, "app"), true, UUID.randomUUID(), "")));
    }
    it.wall.set(START.plusSeconds(1));
    it.grant("acme", "app");
    var retention = it.store.retention();
    assertEquals(1, retention.prune(START.plusSeconds(1)));
    assertEquals(1_100, requests(), "they may be younger than the event at the floor");
    assertEquals(1_000, retention.prune(START.plusSeconds(2)));
    assertEquals(1, it.events().size());
    assertEquals(1, retention.prune(START.plusSeconds(2)));
    assertEquals(0, requests());
    assertEquals(List.of(), it.events());
  }

  private long requests() {
    return RandomPast.numbers(it, "SELECT COUNT(*) FROM request").getFirst();
  }

  @Test
  void prune_requestOfThen_isForgotten() {
    it.put("app");
    var request = it.grantOf("acme", "app", null, UUID.randomUUID());
    var first = it.execute(request);
    it.wall.set(START.plusSeconds(1));
    it.put("other");
    pruneAll(it.store.retention(), START.plusSeconds(1));
    assertEquals(first, it.execute(request), "at the floor it is still remembered");
    pruneAll(it.store.retention(), START.plusSeconds(2));
    assertInstanceOf(Refusal.GrantExists.class, refusalOf(() -> it.execute(request)));
  }

  @Test
  void events_pageFromBelowTheFloor_isTooOldWithTheOldestFirstAndTheEndOtherwise() {
    it.put("app");
    for (int i = 1; i <= 5; i++) {
      it.wall.set(START.plusSeconds(i));
      it.grant("a" + i, "app");
    }
    pruneAll(it.store.retention(), START.plusSeconds(3));
    assertEquals(List.of(4L, 5L, 6L), page(true, null, null));
    assertEquals(List.of(4L, 5L, 6L), page(true, START, null), "all that is retained");
    assertEquals(List.of(4L, 5L, 6L), page(true, null, 3L));
    assertEquals(
        new Refusal.RevisionTooOld(),
        refusalOf(() -> {
          var _ = page(true, null, 2L);
        }));
    assertEquals(List.of(6L, 5L, 4L), page(false, null, null));
    assertEquals(List.of(4L), page(false, null, 5L));
    assertEquals(List.of(), page(false, null, 4L));
    assertEquals(List.of(), page(false, null, 2L));
  }

  private List<Long> page(boolean oldestFirst, @Nullable Instant start, @Nullable Long after) {
    var filter =
        new EventFilter(null, null, EnumSet.allOf(EventType.class), start, null, oldestFirst);
    return it.reads.events(filter, rows(100), after).value().rows().stream()
        .map(Event::revision)
        .toList();
  }

  @Test
  void prune_twoAtOnce_theLaterStepDoesNothing() {
    twoAtOnce(new Overtaken(it));
    assertEquals(List.of(5L, 6L), page(true, null, null));
  }

  @Test
  void mutant_floorIsNotCompared_tellsOfEventsThatAreGone() {
    var mutant =
        new Overtaken(it) {
          @Override
          boolean raise(DSLContext sql, long floor, long next) {
            return sql.execute("UPDATE store SET floor_revision = ?", next) == 1;
          }
        };
    assertThrows(AssertionFailedError.class, () -> twoAtOnce(mutant));
  }

  private void twoAtOnce(Overtaken slow) {
    it.put("app");
    it.grant("acme", "app");
    it.wall.set(START.plusSeconds(1));
    it.revoke("acme", "app");
    it.wall.set(START.plusSeconds(2));
    it.grant("acme", "app");
    it.wall.set(START.plusSeconds(3));
    it.revoke("acme", "app");
    it.put("other");
    assertEquals(0, slow.prune(START.plusSeconds(1)));
    assertEquals(List.of(4L), RandomPast.numbers(it, "SELECT floor_revision FROM store"));
  }

  /** Loses against another one that goes further, in the middle of its step. */
  private static class Overtaken extends HistoryRetention {
    private final HistoryRetention other;

    Overtaken(StoreFixture it) {
      super(it.store.backend);
      this.other = it.store.retention();
    }

    @Override
    void deleteSuperseded(DSLContext sql, long floor, long next) {
      assertEquals(4, other.prune(START.plusSeconds(3)));
      super.deleteSuperseded(sql, floor, next);
    }
  }

  @Test
  void prune_whileManyWriteAndTwoPrune_theLogStaysDenseAndTrue() throws Exception {
    var apps = List.of("app0", "app1");
    apps.forEach(it::put);
    var done = new AtomicBoolean();
    var ended = new ArrayList<Future<Integer>>();
    // Of the system: whoever never waits would keep virtual ones from running.
    try (var threads = Executors.newCachedThreadPool()) {
      for (int p = 0; p < 2; p++) {
        ended.add(threads.submit(() -> pruneUntil(done)));
      }
      var reader = threads.submit(() -> readUntil(done));
      var writers =
          IntStream.range(0, 6).mapToObj(w -> threads.submit(() -> write(w, apps))).toList();
      try {
        for (Future<?> writer : writers) {
          writer.get();
        }
      } finally {
        done.set(true);
      }
      reader.get();
    }
    int pruned = 0;
    for (Future<Integer> pruner : ended) {
      pruned += pruner.get();
    }
    long floor = RandomPast.numbers(it, "SELECT floor_revision FROM store").getFirst();
    long last = it.source.position().number();
    assertTrue(floor > 0, "nothing was pruned");
    assertEquals(floor, pruned);
    assertEquals(last - floor, it.events().size());
    assertEquals(last, it.followed.size());
    var _ = pruneAll(it.store.retention(), Instant.ofEpochSecond(4_000_000_000L));
    var kept = RandomPast.numbers(it, "SELECT revision FROM event ORDER BY revision");
    var current =
        RandomPast.numbers(
            it, "SELECT revision FROM app_grant UNION SELECT revision FROM app ORDER BY revision");
    assertEquals(current, kept, "one row is left of each grant and app");
  }

  private void write(int writer, List<String> apps) {
    for (int i = 0; i < 80; i++) {
      it.wall.updateAndGet(now -> now.plusSeconds(1));
      String account = "a" + (writer + i) % 9;
      String app = apps.get(i % apps.size());
      try {
        if (it.stateOf(key(account, app)) == GrantState.ACTIVE) {
          it.revoke(account, app);
        } else {
          it.grant(account, app);
        }
      } catch (RefusedException e) {
        assertTrue(
            e.refusal() instanceof Refusal.GrantExists
                || e.refusal() instanceof Refusal.GrantNotFound,
            e.toString());
      }
    }
  }

  private int pruneUntil(AtomicBoolean done) {
    int ended = 0;
    while (!done.get()) {
      ended += it.store.retention().prune(it.wall.get().minusSeconds(5));
    }
    return ended;
  }

  private void readUntil(AtomicBoolean done) {
    while (!done.get()) {
      var filter = new EventFilter(null, null, EnumSet.allOf(EventType.class), null, null, true);
      var page = it.reads.events(filter, rows(1_000), null);
      var events = page.value().rows();
      for (int i = 1; i < events.size(); i++) {
        assertEquals(events.get(i - 1).revision() + 1, events.get(i).revision());
      }
      if (!events.isEmpty()) {
        assertEquals(page.revision().number(), events.getLast().revision());
      }
    }
  }

  private static int pruneAll(HistoryRetention retention, Instant olderThan) {
    int all = 0;
    int ended;
    do {
      ended = retention.prune(olderThan);
      all += ended;
    } while (ended > 0);
    return all;
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
