package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.ADMIN;
import static dev.consentry.server.store.StoreFixture.ANY_STATE;
import static dev.consentry.server.store.StoreFixture.START;
import static dev.consentry.server.store.StoreFixture.key;
import static dev.consentry.server.store.StoreFixture.manifest;
import static dev.consentry.server.store.StoreFixture.refusalOf;
import static dev.consentry.server.store.StoreFixture.rows;
import static dev.consentry.server.store.StoreFixture.scopes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.ConsentReads.PageLimit;
import dev.consentry.server.consent.DeleteApp;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.ResumeApp;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.consent.SweepExpired;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does, whatever it keeps things in. */
abstract class GrantStoreContract {
  private static final Set<EventType> ANY_TYPE = EnumSet.allOf(EventType.class);

  private StoreFixture it;

  /** A new and empty store. */
  abstract ConsentStore open();

  @BeforeEach
  void openStore() {
    it = new StoreFixture(open());
  }

  /** Whatever a test did: the log folded is what the rows say, and decisions heard all of it. */
  @AfterEach
  void closeStore() {
    long last = it.source.position().number();
    List<Event> events = it.events();
    var fold = LogFold.of(events, last);
    assertEquals(
        List.copyOf(fold.grants.values()), it.grants().stream().map(GrantView::grant).toList());
    assertEquals(List.copyOf(fold.apps.values()), it.apps());
    assertEquals(events.stream().map(GrantChanges.Change::of).toList(), it.followed);
    var keys = List.copyOf(fold.grants.keySet());
    for (int i = 0; i < keys.size(); i += 1_000) {
      var some = keys.subList(i, Math.min(keys.size(), i + 1_000));
      it.source.load(some).standings().forEach((k, s) -> assertEquals(fold.standing(k), s));
    }
    it.close();
    assertEquals(List.of(), it.failStops);
  }

  @Test
  void execute_grantThenRevoke_isReadListedLoadedAndRecorded() {
    var put = it.put("app");
    var granted = it.grant("acme", "app");
    assertEquals(put.revision().number() + 1, granted.revision().number());
    var loaded = it.source.load(List.of(key("acme", "app"), key("acme", "other")));
    assertEquals(granted.revision(), loaded.revision());
    assertEquals(Standing.NONE, loaded.standings().get(key("acme", "other")));
    assertEquals(
        new Standing(false, granted.value().grant().terms()),
        loaded.standings().get(key("acme", "app")));

    var revoked = it.revoke("acme", "app");
    GrantView view = revoked.value().orElseThrow();
    assertEquals(new Grant.Revocation(START, ADMIN, "enough"), view.grant().revocation());
    assertEquals(List.of(view), it.grants());
    assertEquals(List.of(put.value()), it.apps());
    assertEquals(
        List.of(EventType.APP_CREATED, EventType.GRANTED, EventType.REVOKED),
        it.events().stream().map(Event::type).toList());
    assertEquals(
        new Event.OfGrant(granted.value().grant(), view.grant(), put.value()),
        it.events().getLast().subject());
    assertEquals(revoked.revision(), it.source.position());
    var both = it.reads.appAndGrant(key("acme", "app"));
    assertEquals(revoked.revision(), both.revision());
    assertEquals(put.value(), both.value().app());
    assertEquals(view.grant(), both.value().grant());
    assertEquals(START, both.value().now());
  }

  @Test
  void reads_emptyStore_findNothingAtRevision0() {
    var both = it.reads.appAndGrant(key("acme", "app"));
    assertEquals(0, both.revision().number());
    assertNull(both.value().app());
    assertNull(both.value().grant());
    assertEquals(Optional.empty(), it.reads.app(new AppId("app"), 0).value());
    assertEquals(0, it.reads.countActiveGrants(new AppId("app")).value());
    assertEquals(List.of(), it.grants());
    assertFalse(it.reads.events(anyEvent(true), rows(1), null).value().more());
  }

  @Test
  void execute_refused_takesNoRevisionAndChangesNothing() {
    var put = it.put("app");
    assertInstanceOf(Refusal.AppNotFound.class, refusalOf(() -> it.grant("acme", "none")));
    assertInstanceOf(Refusal.GrantNotFound.class, refusalOf(() -> it.revoke("acme", "app")));
    assertEquals(put.revision(), it.source.position());
  }

  @Test
  void execute_nothingToChange_answersTheCounter() {
    it.put("app");
    var granted = it.grant("acme", "app");
    var missing = it.execute(new Revoke(ADMIN, key("none", "app"), true, null, ""));
    assertEquals(Optional.empty(), missing.value());
    assertEquals(granted.revision(), missing.revision());
  }

  @Test
  void execute_sameRequestAgain_answersTheFirstEvenAfterARevoke() {
    it.put("app");
    var request = it.grantOf("acme", "app", START.plusSeconds(3_600), UUID.randomUUID());
    var first = it.execute(request);
    it.revoke("acme", "app");
    it.put("app", manifest("Renamed", List.of("other"), List.of()));
    it.execute(new SuspendApp(ADMIN, new AppId("app"), "stop"));
    it.wall.set(START.plusSeconds(7_200));
    var last = it.source.position();
    assertEquals(first, it.execute(request));
    assertEquals(last, it.source.position());
    assertEquals(GrantState.REVOKED, it.grants().getFirst().state());
  }

  @Test
  void execute_sameRequestOtherContent_isRefused() {
    it.put("app");
    UUID id = UUID.randomUUID();
    it.execute(it.grantOf("acme", "app", null, id));
    assertEquals(
        new Refusal.RequestIdReused(id),
        refusalOf(() -> it.execute(it.grantOf("globex", "app", null, id))));
    assertEquals(
        Optional.empty(),
        it.execute(new Revoke(ADMIN, key("globex", "app"), true, id, "")).value(),
        "another RPC has ids of its own");
  }

  @Test
  void execute_sameRequestAgainOfANoOp_answersTheFirst() {
    it.put("app");
    var nothing = new Revoke(ADMIN, key("acme", "app"), true, UUID.randomUUID(), "");
    var first = it.execute(nothing);
    it.grant("acme", "app");
    assertEquals(first, it.execute(nothing), "and revokes nothing");
    assertEquals(GrantState.ACTIVE, it.grants().getFirst().state());

    it.revoke("acme", "app");
    var again = new Revoke(ADMIN, key("acme", "app"), true, UUID.randomUUID(), "");
    var second = it.execute(again);
    assertEquals(GrantState.REVOKED, second.value().orElseThrow().state());
    it.grant("acme", "app");
    assertEquals(second, it.execute(again));
  }

  @Test
  void execute_oneBatch_commandsSeeThoseBefore() {
    it.put("app");
    var id = UUID.randomUUID();
    var twice = it.grantOf("acme", "app", null, id);
    AppId fresh = new AppId("new");
    var newApp = new PutApp(ADMIN, fresh, manifest("New", List.of("a"), List.of("write")), null);
    var newGrant =
        new Authorize(ADMIN, key("acme", "new"), List.of(), 1, null, false, null, null, "");
    try (var held = new HeldCommitter(it.writer)) {
      var first = held.queue(twice);
      var second = held.queue(twice);
      var put = held.queue(newApp);
      var granted = held.queue(newGrant);
      var exists = held.queue(newGrant);
      var steps = held.queue(new RevokeAppStep(ADMIN, fresh, "all"));
      var none = held.queue(new RevokeAppStep(ADMIN, fresh, "all"));
      var stopped = held.queue(new SuspendApp(ADMIN, fresh, "stop"));
      var suspended = held.queue(newGrant);
      var deleted = held.queue(new DeleteApp(ADMIN, fresh, false, ""));
      held.release();
      assertEquals(first.join(), second.join());
      assertEquals(first.join().revision().number() + 1, put.join().revision().number());
      assertEquals(put.join().revision().number() + 1, granted.join().revision().number());
      assertInstanceOf(Refusal.GrantExists.class, HeldCommitter.refusalOf(exists));
      assertEquals(new RevokeAppStep.Progress(1, 0), steps.join().value());
      assertEquals(new RevokeAppStep.Progress(0, 0), none.join().value());
      assertEquals(steps.join().revision(), none.join().revision());
      assertTrue(stopped.join().value().suspended());
      assertInstanceOf(Refusal.AppSuspended.class, HeldCommitter.refusalOf(suspended));
      assertTrue(deleted.join().value());
    }
  }

  @Test
  void execute_abandonedWhileQueued_isDropped() {
    it.put("app");
    try (var held = new HeldCommitter(it.writer)) {
      var gaveUp = new AtomicBoolean();
      var granted = held.queue(it.grantOf("acme", "app", null, null), gaveUp::get);
      gaveUp.set(true);
      var revoked = held.queue(new Revoke(ADMIN, key("acme", "app"), true, null, ""));
      held.release();
      assertEquals(Optional.empty(), revoked.join().value());
      assertInstanceOf(Refusal.StoreUnavailable.class, HeldCommitter.refusalOf(granted));
      assertEquals(List.of(), it.grants());
    }
  }

  @Test
  void execute_queueFull_isOverloadedAndTheRestIsDone() {
    it.put("app");
    var outcomes = new ArrayList<CompletableFuture<?>>();
    try (var held = new HeldCommitter(it.writer)) {
      for (int i = 0; i < CommandQueue.COMMANDS_MAX; i++) {
        outcomes.add(held.queue(it.grantOf("account-" + i, "app", null, null)));
      }
      assertEquals(
          new Refusal.Overloaded(CommandQueue.RETRY_AFTER),
          refusalOf(() -> it.grant("one-more", "app")));
    }
    outcomes.forEach(CompletableFuture::join);
    assertEquals(CommandQueue.COMMANDS_MAX, it.reads.countActiveGrants(new AppId("app")).value());
  }

  @Test
  void execute_commandWithABug_failsAloneInItsBatch() {
    it.put("app");
    try (var held = new HeldCommitter(it.writer)) {
      var good = held.queue(it.grantOf("acme", "app", null, null));
      var bad =
          held.queue(
              it.grantOf("globex", "app", null, null),
              () -> {
                throw new IllegalStateException("a bug");
              });
      var late = held.queue(it.grantOf("initech", "app", null, null));
      held.release();
      assertEquals(3, good.join().revision().number() + 1);
      assertEquals(3, late.join().revision().number());
      assertInstanceOf(
          IllegalStateException.class,
          assertThrows(CompletionException.class, bad::join).getCause());
    }
  }

  @Test
  void ids_differInCaseOrPrefix_areDifferentAndOrderedBytewise() {
    var ids =
        List.of(
                "!", "A", "Acme", "a", "a!", "a'b", "a\\b", "a%", "a_", "acme", "acme-", "acme0",
                "z", "~", "~~")
            .stream()
            .sorted()
            .toList();
    var shuffled = new ArrayList<>(ids);
    Collections.shuffle(shuffled, new Random(7));
    it.all(shuffled, it::put);
    var expected = new ArrayList<GrantKey>();
    for (String account : ids) {
      for (String app : ids) {
        expected.add(key(account, app));
      }
    }
    Collections.sort(expected);
    var granted = new ArrayList<>(expected);
    Collections.shuffle(granted, new Random(8));
    it.all(granted, k -> it.grant(k.account().value(), k.app().value()));
    assertEquals(ids, it.apps().stream().map(app -> app.id().value()).toList());
    assertEquals(expected, keys(it.grants(new GrantFilter(null, null, ANY_STATE), 7)));
    for (String id : ids) {
      var account = new AccountId(id);
      var app = new AppId(id);
      assertEquals(
          expected.stream().filter(k -> k.account().equals(account)).toList(),
          keys(it.grants(new GrantFilter(account, null, ANY_STATE), 4)));
      assertEquals(
          expected.stream().filter(k -> k.app().equals(app)).toList(),
          keys(it.grants(new GrantFilter(null, app, ANY_STATE), 4)));
      assertEquals(
          List.of(new GrantKey(account, app)),
          keys(it.grants(new GrantFilter(account, app, ANY_STATE), 1)));
    }
    it.revoke("acme", "acme");
    assertEquals(GrantState.REVOKED, it.stateOf(key("acme", "acme")));
    assertEquals(GrantState.ACTIVE, it.stateOf(key("Acme", "acme")));
  }

  @Test
  void grants_byState_isTheStateAtTheTimeOfTheRead() {
    it.put("app");
    it.grant("active", "app");
    it.execute(it.grantOf("ends", "app", START.plusSeconds(10), null));
    it.grant("revoked", "app");
    it.revoke("revoked", "app");
    assertEquals(List.of("active", "ends"), accounts(GrantState.ACTIVE));
    it.wall.set(START.plusSeconds(10));
    assertEquals(List.of("active"), accounts(GrantState.ACTIVE));
    assertEquals(List.of("ends"), accounts(GrantState.EXPIRED));
    assertEquals(List.of("revoked"), accounts(GrantState.REVOKED));
    assertEquals(1, it.reads.countActiveGrants(new AppId("app")).value());
    it.wall.set(START.minusSeconds(3_600));
    assertEquals(List.of("ends"), accounts(GrantState.EXPIRED), "a clock set back revives nothing");
  }

  private List<String> accounts(GrantState state) {
    return it.grants(new GrantFilter(null, null, EnumSet.of(state)), 1).stream()
        .map(view -> view.grant().key().account().value())
        .toList();
  }

  @Test
  void grants_rowsChangeBetweenPages_noneThatStayedIsSkippedOrRepeated() {
    it.put("app");
    it.all(numbers(100), i -> it.grant("account-" + (100 + i), "app"));
    var filter = new GrantFilter(null, new AppId("app"), EnumSet.of(GrantState.ACTIVE));
    var seen = new ArrayList<GrantKey>();
    GrantKey after = null;
    boolean more = true;
    for (int i = 0; more; i++) {
      var page = it.reads.grants(filter, rows(9), after).value();
      seen.addAll(keys(page.rows()));
      more = page.more();
      after = page.rows().getLast().grant().key();
      it.revoke("account-" + (100 + i), "app");
      it.grant("account-" + (100 + i) + "-late", "app");
    }
    assertEquals(Set.copyOf(seen).size(), seen.size(), "none is repeated");
    for (int i = 112; i < 200; i++) {
      assertTrue(seen.contains(key("account-" + i, "app")), "account-" + i);
    }
  }

  @Test
  void grants_pageLimits_endThePage() {
    it.put("app");
    it.all(numbers(250), i -> it.grant("account-%03d".formatted(i), "app"));
    var any = new GrantFilter(null, null, ANY_STATE);
    assertEquals(
        1, it.reads.grants(any, new PageLimit<>(9, 0, v -> 5), null).value().rows().size());
    assertEquals(
        2, it.reads.grants(any, new PageLimit<>(9, 10, v -> 5), null).value().rows().size());
    assertTrue(it.reads.grants(any, rows(249), null).value().more());
    assertFalse(it.reads.grants(any, rows(250), null).value().more());
    assertEquals(250, it.reads.grants(any, rows(251), null).value().rows().size());
    assertEquals(100, it.reads.grants(any, rows(100), null).value().rows().size());
    assertEquals(250, it.grants(any, 99).size());
    assertEquals(
        150, it.reads.grants(any, rows(1_000), key("account-099", "app")).value().rows().size());
  }

  @Test
  void grants_largestOnes_comeBackWhole() {
    var names =
        IntStream.range(0, 200).mapToObj(i -> "%03d".formatted(i) + "x".repeat(253)).toList();
    String text = "\uD83D\uDE00".repeat(1_024);
    String uri = "https://e.example/" + "a".repeat(2_030);
    List<AppScope> wide =
        names.stream().map(n -> new AppScope(new Scope(n), "\uD83D\uDE00".repeat(280))).toList();
    String name = "\uD83D\uDE00".repeat(128);
    var manifest =
        new Manifest(name, name, uri, uri, uri, wide.subList(0, 100), wide.subList(100, 200));
    it.put("b".repeat(256), manifest);
    it.all(
        numbers(120),
        i ->
            it.execute(
                new Authorize(
                    ADMIN,
                    key("a".repeat(253) + "%03d".formatted(i), "b".repeat(256)),
                    names.stream().map(Scope::new).toList(),
                    1,
                    START.plusSeconds(9),
                    false,
                    null,
                    UUID.randomUUID(),
                    text)));
    it.execute(new Revoke(ADMIN, key("a".repeat(253) + "000", "b".repeat(256)), false, null, text));
    assertEquals(manifest, it.apps().getFirst().manifest());
    var page =
        it.reads.grants(
            new GrantFilter(null, null, ANY_STATE),
            new PageLimit<>(1_000, 1 << 20, v -> 51_200),
            null);
    assertEquals(20, page.value().rows().size());
    assertTrue(page.value().more());
    assertEquals(120, it.grants().size());
  }

  @Test
  void recentGrants_someChanges_areTheLastOnesOnceEachTheLatestFirst() {
    it.put("app");
    for (String account : List.of("a", "b", "c")) {
      it.grant(account, "app");
    }
    it.revoke("a", "app");
    RecentGrants recent = it.store.recentGrants();
    assertEquals(List.of(key("a", "app"), key("c", "app"), key("b", "app")), recent.recent(100));
    assertEquals(List.of(key("a", "app"), key("c", "app")), recent.recent(2));
    it.put("other");
    assertEquals(List.of(), recent.recent(1));
  }

  @Test
  void load_aThousandKeysAndMore_areOneAnswerEach() {
    it.put("app");
    it.execute(new SuspendApp(ADMIN, new AppId("app"), "stop"));
    it.put("other");
    it.grant("a5", "other");
    var keys = new ArrayList<GrantKey>();
    for (int i = 0; i < 500; i++) {
      keys.add(key("a" + i, "app"));
      keys.add(key("a" + i, "other"));
    }
    var loaded = it.source.load(keys).standings();
    assertEquals(1_000, loaded.size());
    assertEquals(new Standing(true, null), loaded.get(key("a1", "app")));
    assertEquals(Standing.NONE, loaded.get(key("a1", "other")));
    assertEquals(GrantState.ACTIVE, it.stateOf(key("a5", "other")));
    assertEquals(1, it.source.load(List.of(key("a", "b"), key("a", "b"))).standings().size());
  }

  @Test
  void events_filtersAndOrder_pageByPage() {
    it.put("app");
    it.put("other");
    for (int i = 0; i < 12; i++) {
      it.wall.set(START.plusSeconds(i));
      it.grant("a" + i % 3, i % 2 == 0 ? "app" : "other");
      it.revoke("a" + i % 3, i % 2 == 0 ? "app" : "other");
    }
    var all = it.events();
    assertEquals(26, all.size());
    var a1 = new AccountId("a1");
    assertEquals(all.stream().filter(e -> isOf(e, a1)).toList(), it.events("a1", null));
    assertEquals(13, it.events(null, "app").size());
    assertEquals(4, it.events("a1", "app").size());
    assertEquals(all.reversed(), paged(anyEvent(false), 7));
    assertEquals(all, paged(anyEvent(true), 7));
    var window =
        new EventFilter(
            a1, null, Set.of(EventType.REVOKED), START.plusSeconds(4), START.plusSeconds(7), false);
    assertEquals(
        List.of(START.plusSeconds(4)), paged(window, 1).stream().map(Event::time).toList());
  }

  private static boolean isOf(Event event, AccountId account) {
    return event.subject() instanceof Event.OfGrant of
        && of.after().key().account().equals(account);
  }

  private static EventFilter anyEvent(boolean oldestFirst) {
    return new EventFilter(null, null, ANY_TYPE, null, null, oldestFirst);
  }

  private List<Event> paged(EventFilter filter, int rowsPerPage) {
    var all = new ArrayList<Event>();
    Long after = null;
    while (true) {
      var page = it.reads.events(filter, rows(rowsPerPage), after).value();
      all.addAll(page.rows());
      if (!page.more()) {
        return all;
      }
      after = page.rows().getLast().revision();
    }
  }

  @Test
  void events_appChangedSince_tellTheAppAsItWas() {
    var v1 = it.put("app").value();
    it.grant("acme", "app");
    var v2 = it.put("app", manifest("Two", List.of("b"), List.of("write"))).value();
    it.revoke("acme", "app");
    var subjects = it.events().stream().map(Event::subject).toList();
    assertEquals(v1, ((Event.OfGrant) subjects.get(1)).app());
    assertEquals(new Event.OfApp(v1, v2), subjects.get(2));
    assertEquals(v2, ((Event.OfGrant) subjects.get(3)).app());
    assertTrue(it.grants().getFirst().reconsentRequired());
    assertEquals(v1.manifest(), it.reads.app(v1.id(), 1).value().orElseThrow().manifest());
    assertEquals(Optional.empty(), it.reads.app(v1.id(), 3).value());
  }

  @Test
  void apps_byState_pageByPage() {
    for (int i = 0; i < 5; i++) {
      it.put("app" + i);
    }
    it.execute(new SuspendApp(ADMIN, new AppId("app1"), "stop"));
    it.execute(new DeleteApp(ADMIN, new AppId("app2"), false, ""));
    var page = it.reads.apps(Set.of(AppState.ACTIVE), rows(2), null).value();
    assertEquals(List.of("app0", "app3"), page.rows().stream().map(a -> a.id().value()).toList());
    assertTrue(page.more());
    page =
        it.reads
            .apps(Set.of(AppState.ACTIVE, AppState.DELETED), rows(2), new AppId("app1"))
            .value();
    assertEquals(List.of("app2", "app3"), page.rows().stream().map(a -> a.id().value()).toList());
  }

  @Test
  void deleteApp_thenPutAgain_goesOnWithItsVersions() {
    it.put("app");
    it.grant("acme", "app");
    AppId app = new AppId("app");
    assertEquals(
        new Refusal.AppHasGrants(app, 1),
        refusalOf(() -> it.execute(new DeleteApp(ADMIN, app, false, ""))));
    it.revoke("acme", "app");
    it.execute(new DeleteApp(ADMIN, app, false, "old"));
    assertInstanceOf(Refusal.AppNotFound.class, refusalOf(() -> it.grant("acme", "app")));
    App again = it.put("app").value();
    assertEquals(2, again.manifestVersion());
    var old = new Authorize(ADMIN, key("acme", "app"), scopes(), 1, null, false, null, null, "");
    assertEquals(new Refusal.ManifestChanged(app, 2), refusalOf(() -> it.execute(old)));
    it.grant("acme", "app");
  }

  @Test
  void revokeAppStep_moreThanAStep_leavesNone() {
    it.put("app");
    it.put("other");
    it.all(numbers(230), i -> it.grant("a" + i, "app"));
    it.grant("a0", "other");
    it.execute(it.grantOf("ended", "app", START.plusSeconds(1), null));
    it.wall.set(START.plusSeconds(1));
    var step = new RevokeAppStep(ADMIN, new AppId("app"), "all");
    assertEquals(new RevokeAppStep.Progress(100, 130), it.execute(step).value());
    it.grant("late", "app");
    assertEquals(new RevokeAppStep.Progress(100, 31), it.execute(step).value());
    var last = it.execute(step);
    assertEquals(new RevokeAppStep.Progress(31, 0), last.value());
    var none = it.execute(step);
    assertEquals(new RevokeAppStep.Progress(0, 0), none.value());
    assertEquals(last.revision(), none.revision());
    assertEquals(List.of("a0"), accounts(GrantState.ACTIVE));
  }

  @Test
  void sweep_expiredForTheGrace_isWrittenOnceAndNoEarlier() {
    it.put("app");
    Instant end = START.plusSeconds(10);
    it.all(numbers(130), i -> it.execute(it.grantOf("a" + i, "app", end, null)));
    it.grant("stays", "app");
    it.wall.set(end.plus(SweepExpired.GRACE).minusNanos(1_000));
    assertEquals(0, it.execute(new SweepExpired()).value());
    it.wall.set(end.plus(SweepExpired.GRACE));
    assertEquals(100, it.execute(new SweepExpired()).value());
    assertEquals(30, it.execute(new SweepExpired()).value());
    assertEquals(0, it.execute(new SweepExpired()).value());
    assertEquals(EventType.EXPIRED, it.events().getLast().type());
    assertNull(it.events().getLast().actor());
  }

  @Test
  void execute_clockSetBack_eventTimesDoNotGoBack() {
    it.put("app");
    it.wall.set(START.minus(Duration.ofHours(1)));
    it.grant("acme", "app");
    it.writer.close();
    var behind = new ForwardClock(it.wall::get);
    try (var writer = it.store.writer(behind, it.changes, it.failStops::add)) {
      var revoked =
          writer.execute(new Revoke(ADMIN, key("acme", "app"), false, null, ""), () -> false);
      assertEquals(
          new Grant.Revocation(START, ADMIN, ""),
          revoked.value().orElseThrow().grant().revocation());
      assertEquals(START, it.store.reads(behind).appAndGrant(key("acme", "app")).value().now());
    }
  }

  @Test
  void close_ofTheWriter_refusesWhatComesAfter() {
    it.put("app");
    it.writer.close();
    assertInstanceOf(Refusal.ShuttingDown.class, refusalOf(() -> it.grant("acme", "app")));
  }

  @Test
  void execute_8WritersSeed42_readsAreSnapshotsOfADenseLog() throws Exception {
    var apps = List.of("app0", "app1", "app2");
    apps.forEach(it::put);
    var done = new AtomicBoolean();
    var snapshots = new ArrayList<Snapshot>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var readers = new ArrayList<Future<List<Snapshot>>>();
      for (int r = 0; r < 2; r++) {
        readers.add(threads.submit(() -> readUntil(done)));
      }
      var root = new SplittableRandom(42);
      var writers = new ArrayList<Future<?>>();
      for (int w = 0; w < 8; w++) {
        var random = root.split();
        writers.add(threads.submit(() -> write(random, apps)));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
      done.set(true);
      for (var reader : readers) {
        snapshots.addAll(reader.get());
      }
    }
    var events = it.events();
    snapshots.sort(Comparator.comparingLong(Snapshot::revision));
    var fold = new LogFold();
    var next = events.iterator();
    for (Snapshot snapshot : snapshots) {
      while (fold.revision < snapshot.revision()) {
        fold.apply(next.next());
      }
      assertEquals(fold.grants, snapshot.grants(), "at " + snapshot.revision());
    }
  }

  private record Snapshot(long revision, TreeMap<GrantKey, Grant> grants) {}

  private List<Snapshot> readUntil(AtomicBoolean done) {
    var seen = new ArrayList<Snapshot>();
    while (!done.get() && seen.size() < 500) {
      var page = it.reads.grants(new GrantFilter(null, null, ANY_STATE), rows(1_000), null);
      var grants = new TreeMap<GrantKey, Grant>();
      page.value().rows().forEach(view -> grants.put(view.grant().key(), view.grant()));
      seen.add(new Snapshot(page.revision().number(), grants));
    }
    return seen;
  }

  private void write(SplittableRandom random, List<String> apps) {
    for (int i = 0; i < 60; i++) {
      String account = "a" + random.nextInt(10);
      String app = apps.get(random.nextInt(apps.size()));
      AppId id = new AppId(app);
      try {
        switch (random.nextInt(12)) {
          case 0 -> it.execute(new RevokeAppStep(ADMIN, id, "all"));
          case 1 -> it.execute(new SuspendApp(ADMIN, id, "stop"));
          case 2, 3 -> it.execute(new ResumeApp(ADMIN, id, ""));
          case 4 ->
              it.put(app, manifest("v" + random.nextInt(3), List.of("read"), List.of("write")));
          case 5, 6, 7 -> it.revoke(account, app);
          default -> it.grant(account, app);
        }
      } catch (RefusedException e) {
        assertFalse(e.refusal() instanceof Refusal.StoreUnavailable, e.toString());
      }
    }
  }

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static List<GrantKey> keys(List<GrantView> views) {
    return views.stream().map(view -> view.grant().key()).toList();
  }
}
