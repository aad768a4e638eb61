package dev.consentry.server.consent;

import static dev.consentry.server.consent.Given.APP;
import static dev.consentry.server.consent.Given.KEY;
import static dev.consentry.server.consent.Given.OPERATOR;
import static dev.consentry.server.consent.Given.authorize;
import static dev.consentry.server.consent.Given.delete;
import static dev.consentry.server.consent.Given.key;
import static dev.consentry.server.consent.Given.manifest;
import static dev.consentry.server.consent.Given.onKey;
import static dev.consentry.server.consent.Given.put;
import static dev.consentry.server.consent.Given.resume;
import static dev.consentry.server.consent.Given.revoke;
import static dev.consentry.server.consent.Given.shown;
import static dev.consentry.server.consent.Given.suspend;
import static dev.consentry.server.consent.Given.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** PutApp, SuspendApp, ResumeApp and DeleteApp. */
final class AppCommandsTest {
  private static final Duration MICROSECOND = Duration.ofNanos(1_000);
  private static final Manifest OTHER = manifest(List.of("read"), List.of());

  private final MemoryRows rows = new MemoryRows();
  private final Instant start = rows.now();

  @Test
  void put_newApp_isVersion1AndActive() {
    App app = rows.accepted(put(manifest()));
    assertEquals(new App(APP, manifest(), 1, AppState.ACTIVE, "", start, start, 1), app);
    assertEquals(
        new Event(1, start, EventType.APP_CREATED, OPERATOR, "", null, new Event.OfApp(null, app)),
        rows.lastEvent());
    assertEquals(app, rows.app(APP));
  }

  @Test
  void put_same_isNoEventAndNoVersion() {
    App app = rows.accepted(put(manifest()));
    rows.advance(Duration.ofSeconds(1));
    assertEquals(app, rows.unchanged(put(manifest())));
    assertEquals(app, rows.unchanged(putAt(1)));
  }

  @Test
  void put_anyDifference_isTheNextVersion() {
    App first = rows.accepted(put(manifest(List.of("a", "b"), List.of())));
    int version = 1;
    for (Manifest changed :
        List.of(
            manifest(List.of("b", "a"), List.of()),
            manifest(List.of("b"), List.of("a")),
            manifest(List.of(), List.of()),
            new Manifest("Ledger Sync ", "", "", "", "", List.of(), List.of()),
            new Manifest("Ledger Sync ", "p", "", "", "", List.of(), List.of()),
            manifest(List.of("a", "b"), List.of()))) {
      rows.advance(Duration.ofSeconds(1));
      App app = rows.accepted(put(changed));
      assertEquals(++version, app.manifestVersion());
      assertEquals(start, app.createTime());
      assertEquals(rows.now(), app.updateTime());
      assertEquals(EventType.APP_CHANGED, rows.lastEvent().type());
    }
    assertEquals(first.manifest(), rows.accepted(put(first.manifest())).manifest());
  }

  @Test
  void put_suspendedApp_staysSuspended() {
    rows.accepted(put(manifest()));
    rows.accepted(suspend());
    App app = rows.accepted(put(OTHER));
    assertEquals(AppState.SUSPENDED, app.state());
    assertEquals("leaked keys", app.stateReason());
    assertEquals(2, app.manifestVersion());
  }

  @Test
  void put_expectedVersion_mustBeTheOneItIsAt() {
    assertEquals(new Refusal.ManifestChanged(APP, 0), rows.refused(putAt(1)));
    rows.accepted(putAt(0));
    assertEquals(new Refusal.ManifestChanged(APP, 1), rows.refused(putAt(0)));
    assertEquals(new Refusal.ManifestChanged(APP, 1), rows.refused(putAt(2)));
    rows.accepted(new PutApp(OPERATOR, APP, OTHER, 1));
    assertEquals(new Refusal.ManifestChanged(APP, 2), rows.refused(putAt(1)));
  }

  @Test
  void put_deletedApp_isBackActiveAtTheNextVersion() {
    rows.accepted(put(manifest()));
    rows.accepted(put(OTHER));
    rows.accepted(suspend());
    rows.accepted(delete());
    assertEquals(new Refusal.ManifestChanged(APP, 2), rows.refused(putAt(0)));
    App back = rows.accepted(new PutApp(OPERATOR, APP, OTHER, 2));
    assertEquals(3, back.manifestVersion(), "even with the same manifest");
    assertEquals(AppState.ACTIVE, back.state());
    assertEquals("", back.stateReason());
    assertEquals(EventType.APP_CREATED, rows.lastEvent().type());
  }

  @Test
  void suspend_activeApp_stopsItForAReason() {
    rows.accepted(put(manifest()));
    rows.advance(Duration.ofSeconds(1));
    App app = rows.accepted(suspend());
    assertTrue(app.suspended());
    assertEquals("leaked keys", app.stateReason());
    assertEquals(rows.now(), app.updateTime());
    assertEquals(2, app.revision());
    assertEquals(1, app.manifestVersion());
    assertEquals(EventType.APP_SUSPENDED, rows.lastEvent().type());
    assertEquals("leaked keys", rows.lastEvent().reason());
  }

  @Test
  void suspend_twice_keepsTheFirstReason() {
    rows.accepted(put(manifest()));
    App first = rows.accepted(suspend());
    assertEquals(first, rows.unchanged(new SuspendApp(OPERATOR, APP, "another")));
  }

  @Test
  void resume_suspendedApp_isAsBefore() {
    App app = rows.accepted(put(manifest()));
    rows.accepted(suspend());
    App resumed = rows.accepted(resume());
    assertEquals(AppState.ACTIVE, resumed.state());
    assertEquals("", resumed.stateReason());
    assertEquals(app.manifestVersion(), resumed.manifestVersion());
    assertEquals(EventType.APP_RESUMED, rows.lastEvent().type());
    assertEquals("keys changed", rows.lastEvent().reason());
    assertEquals(resumed, rows.unchanged(resume()));
  }

  @Test
  void anything_unknownOrDeletedApp_isNotFound() {
    var notFound = new Refusal.AppNotFound(APP);
    for (Command<?> command : List.of(suspend(), resume(), delete())) {
      assertEquals(notFound, rows.refused(command));
    }
    rows.accepted(put(manifest()));
    rows.accepted(delete());
    for (Command<?> command : List.of(suspend(), resume(), delete())) {
      assertEquals(notFound, rows.refused(command));
    }
  }

  @Test
  void delete_nothingThere_isFineIfAllowed() {
    var ifAny = new DeleteApp(OPERATOR, APP, true, "");
    assertFalse(rows.unchanged(ifAny));
    rows.accepted(put(manifest()));
    assertTrue(rows.accepted(ifAny));
    assertFalse(rows.unchanged(ifAny));
  }

  @Test
  void delete_activeGrants_isRefusedWithTheirNumber() {
    rows.accepted(put(manifest()));
    rows.accepted(authorize());
    rows.accepted(onKey(authorize(), key("other")));
    assertEquals(new Refusal.AppHasGrants(APP, 2), rows.refused(delete()));
    rows.accepted(new Revoke(OPERATOR, key("other"), false, null, ""));
    assertEquals(new Refusal.AppHasGrants(APP, 1), rows.refused(delete()));
    rows.accepted(suspend());
    assertEquals(new Refusal.AppHasGrants(APP, 1), rows.refused(delete()));
    rows.accepted(revoke());
    assertTrue(rows.accepted(delete()));
    assertEquals(EventType.APP_DELETED, rows.lastEvent().type());
    assertEquals("retired", rows.lastEvent().reason());
  }

  @Test
  void delete_grantJustExpired_isRefusedUntilNoClockTakesItForActive() {
    rows.accepted(put(manifest()));
    Instant end = rows.now().plusSeconds(1);
    rows.accepted(until(authorize(), end));
    rows.accepted(suspend());
    rows.advance(Duration.ofSeconds(1).plus(SweepExpired.GRACE).minus(MICROSECOND));
    assertEquals(new Refusal.AppHasGrants(APP, 1), rows.refused(delete()));
    rows.advance(MICROSECOND);
    assertTrue(rows.accepted(delete()), "whether its expiry is written down by now or not");
  }

  @Test
  void delete_grantJustExpiredAndWrittenDown_isDone() {
    rows.accepted(put(manifest()));
    rows.accepted(until(authorize(), rows.now().plusSeconds(1)));
    rows.advance(Duration.ofSeconds(1).plus(SweepExpired.GRACE));
    assertEquals(1, rows.accepted(new SweepExpired()));
    assertTrue(rows.accepted(delete()));
  }

  @Test
  void delete_suspendedApp_noLongerCountsAsSuspended() {
    rows.accepted(put(manifest()));
    rows.accepted(suspend());
    rows.accepted(delete());
    App app = rows.app(APP);
    assertEquals(AppState.DELETED, app == null ? null : app.state());
    assertEquals("", app == null ? null : app.stateReason());
    assertEquals(
        new GrantChanges.AppChange(3, APP, false), GrantChanges.Change.of(rows.lastEvent()));
  }

  @Test
  void delete_andBack_leavesOldGrantsEnded() {
    rows.accepted(put(manifest()));
    rows.accepted(authorize());
    Grant revoked = rows.accepted(revoke()).orElseThrow().grant();
    rows.accepted(delete());
    rows.accepted(put(manifest()));
    assertEquals(revoked, rows.grant(KEY));
    assertEquals(2, rows.accepted(shown(authorize(), 2)).grant().manifestVersion());
  }

  private static PutApp putAt(@Nullable Integer expectedVersion) {
    return new PutApp(OPERATOR, APP, manifest(), expectedVersion);
  }
}
