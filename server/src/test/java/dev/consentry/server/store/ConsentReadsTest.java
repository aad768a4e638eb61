package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.ADMIN;
import static dev.consentry.server.store.StoreFixture.ANY_STATE;
import static dev.consentry.server.store.StoreFixture.START;
import static dev.consentry.server.store.StoreFixture.key;
import static dev.consentry.server.store.StoreFixture.manifest;
import static dev.consentry.server.store.StoreFixture.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.ConsentReads.AllowedFilter;
import dev.consentry.server.consent.ConsentReads.EventFilter;
import dev.consentry.server.consent.ConsentReads.GrantFilter;
import dev.consentry.server.consent.ConsentReads.PageLimit;
import dev.consentry.server.consent.DeleteApp;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people and tables read. */
@ParameterizedClass
@EnumSource(AnyStore.class)
final class ConsentReadsTest extends AnyStoreTest {
  private static final Set<EventType> ANY_TYPE = EnumSet.allOf(EventType.class);

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
    assertEquals(List.of("active", "ends"), it.accounts(GrantState.ACTIVE));
    it.wall.set(START.plusSeconds(10));
    assertEquals(List.of("active"), it.accounts(GrantState.ACTIVE));
    assertEquals(List.of("ends"), it.accounts(GrantState.EXPIRED));
    assertEquals(List.of("revoked"), it.accounts(GrantState.REVOKED));
    assertEquals(1, it.reads.countActiveGrants(new AppId("app")).value());
    it.wall.set(START.minusSeconds(3_600));
    assertEquals(
        List.of("ends"), it.accounts(GrantState.EXPIRED), "a clock set back revives nothing");
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
  void allowed_everyFilter_isWhatAnEvaluationWouldAllowNow() {
    for (String app : List.of("app", "other", "stopped")) {
      it.put(app, manifest(app, List.of("read"), List.of("write", "a%")));
    }
    for (String account : List.of("B", "a", "b", "b!")) {
      for (String app : List.of("app", "other", "stopped")) {
        it.grant(account, app);
      }
    }
    it.put("readonly", manifest("readonly", List.of("read"), List.of()));
    it.execute(authorize("b", "readonly", null));
    it.execute(authorize("ends", "readonly", START.plusSeconds(10)));
    it.revoke("b", "app");
    it.execute(new SuspendApp(ADMIN, new AppId("stopped"), "stop"));
    var accounts = Set.of(new AccountId("a"), new AccountId("b"), new AccountId("nobody"));
    assertEquals(
        List.of(
            key("B", "app"),
            key("B", "other"),
            key("a", "app"),
            key("a", "other"),
            key("b", "other"),
            key("b!", "app"),
            key("b!", "other")),
        allowed(null, null, "write", 3));
    assertEquals(
        List.of(key("a", "app"), key("a", "other"), key("b", "other")),
        allowed(accounts, null, "write", 1));
    assertEquals(
        List.of(key("B", "app"), key("a", "app"), key("b!", "app")),
        allowed(null, Set.of(new AppId("app")), "write", 1));
    assertEquals(
        List.of(key("b", "other"), key("b", "readonly")),
        allowed(
            Set.of(new AccountId("b")),
            Set.of(new AppId("app"), new AppId("other"), new AppId("readonly")),
            "read",
            1));
    assertEquals(List.of(), allowed(Set.of(), null, "read", 1));
    for (String scope : List.of("writ", "write,read", "Write", "%", "a%", "admin")) {
      assertEquals(List.of(), allowed(null, null, scope, 1), scope);
    }
    assertTrue(allowed(null, null, "read", 9).contains(key("ends", "readonly")));
    it.wall.set(START.plusSeconds(10));
    assertFalse(allowed(null, null, "read", 9).contains(key("ends", "readonly")));
  }

  private static Authorize authorize(String account, String app, @Nullable Instant expiry) {
    return new Authorize(
        ADMIN, key(account, app), List.of(), 1, expiry, false, null, null, "because");
  }

  /** All pages of this many rows, one after the other. */
  private List<GrantKey> allowed(
      @Nullable Set<AccountId> accounts, @Nullable Set<AppId> apps, String scope, int rows) {
    var filter = new AllowedFilter(accounts, apps, new Scope(scope));
    var all = new ArrayList<GrantKey>();
    GrantKey after = null;
    while (true) {
      var page = it.reads.allowed(filter, rows, after).value();
      assertTrue(page.rows().size() <= rows);
      all.addAll(page.rows());
      if (!page.more()) {
        return all;
      }
      after = page.rows().getLast();
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

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static List<GrantKey> keys(List<GrantView> views) {
    return views.stream().map(view -> view.grant().key()).toList();
  }
}
