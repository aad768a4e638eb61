package dev.consentry.server.store;

import static dev.consentry.server.store.StoreFixture.ADMIN;
import static dev.consentry.server.store.StoreFixture.START;
import static dev.consentry.server.store.StoreFixture.key;
import static dev.consentry.server.store.StoreFixture.manifest;
import static dev.consentry.server.store.StoreFixture.refusalOf;
import static dev.consentry.server.store.StoreFixture.scopes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.Authorize;
import dev.consentry.server.consent.DeleteApp;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.Revoke;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.server.consent.SuspendApp;
import dev.consentry.server.consent.SweepExpired;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Standing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written, refused and answered again. */
@ParameterizedClass
@EnumSource(AnyStore.class)
final class GrantStoreTest extends AnyStoreTest {
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
      assertEquals(new RevokeAppStep.Progress(1, true), steps.join().value());
      assertEquals(new RevokeAppStep.Progress(0, true), none.join().value());
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
    it.wall.set(START.plusSeconds(1).plus(SweepExpired.GRACE));
    var step = new RevokeAppStep(ADMIN, new AppId("app"), "all");
    assertEquals(new RevokeAppStep.Progress(100, false), it.execute(step).value());
    it.grant("late", "app");
    assertEquals(new RevokeAppStep.Progress(100, false), it.execute(step).value());
    var last = it.execute(step);
    assertEquals(new RevokeAppStep.Progress(31, true), last.value());
    var none = it.execute(step);
    assertEquals(new RevokeAppStep.Progress(0, true), none.value());
    assertEquals(last.revision(), none.revision());
    assertEquals(List.of("a0"), it.accounts(GrantState.ACTIVE));
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

  private static List<Integer> numbers(int count) {
    return IntStream.range(0, count).boxed().toList();
  }
}
