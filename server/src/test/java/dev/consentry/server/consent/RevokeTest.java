package dev.consentry.server.consent;

import static dev.consentry.server.consent.Given.ADMIN;
import static dev.consentry.server.consent.Given.APP;
import static dev.consentry.server.consent.Given.KEY;
import static dev.consentry.server.consent.Given.OTHER_ADMIN;
import static dev.consentry.server.consent.Given.OTHER_APP;
import static dev.consentry.server.consent.Given.authorize;
import static dev.consentry.server.consent.Given.delete;
import static dev.consentry.server.consent.Given.key;
import static dev.consentry.server.consent.Given.manifest;
import static dev.consentry.server.consent.Given.onKey;
import static dev.consentry.server.consent.Given.put;
import static dev.consentry.server.consent.Given.replacing;
import static dev.consentry.server.consent.Given.revoke;
import static dev.consentry.server.consent.Given.suspend;
import static dev.consentry.server.consent.Given.under;
import static dev.consentry.server.consent.Given.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.consentry.server.consent.RevokeAppStep.Progress;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Revoke, RevokeAppStep and SweepExpired: the ways in which a grant ends. */
final class RevokeTest {
  private static final UUID ID = new UUID(3, 4);
  private static final Duration MICRO = Duration.ofNanos(1_000);
  private static final Revoke IF_ANY = new Revoke(ADMIN, KEY, true, null, "");

  private final MemoryRows rows = new MemoryRows();

  RevokeTest() {
    rows.accepted(put(manifest()));
  }

  @Test
  void revoke_activeGrant_endsItAndKeepsTheRest() {
    Grant granted = rows.accepted(until(authorize(), rows.now().plusSeconds(60))).grant();
    rows.advance(MICRO);
    GrantView view = rows.accepted(new Revoke(OTHER_ADMIN, KEY, false, ID, "gone")).orElseThrow();

    Grant revoked = view.grant();
    assertEquals(GrantState.REVOKED, view.state());
    assertEquals(new Grant.Revocation(rows.now(), OTHER_ADMIN, "gone"), revoked.revocation());
    assertEquals(3, revoked.revision());
    assertEquals(granted.scopes(), revoked.scopes());
    assertEquals(granted.grantTime(), revoked.grantTime());
    assertEquals(granted.grantedBy(), revoked.grantedBy());
    assertEquals(granted.grantReason(), revoked.grantReason());
    assertEquals(granted.expireTime(), revoked.expireTime());
    assertEquals(
        new Event(
            3,
            rows.now(),
            EventType.REVOKED,
            OTHER_ADMIN,
            "gone",
            ID,
            new Event.OfGrant(granted, revoked, app())),
        rows.lastEvent());
    assertEquals(revoked, rows.grant(KEY), "what is told is what is written");
  }

  @Test
  void revoke_neverGranted_isNotFoundUnlessAllowed() {
    assertEquals(new Refusal.GrantNotFound(KEY), rows.refused(revoke()));
    assertEquals(Optional.empty(), rows.unchanged(IF_ANY));
    var unknown = new GrantKey(KEY.account(), OTHER_APP);
    assertEquals(
        new Refusal.GrantNotFound(unknown),
        rows.refused(new Revoke(ADMIN, unknown, false, null, "")));
  }

  @Test
  void revoke_twice_isNotFoundUnlessAllowed() {
    rows.accepted(authorize());
    GrantView first = rows.accepted(revoke()).orElseThrow();
    assertEquals(new Refusal.GrantNotFound(KEY), rows.refused(revoke()));
    assertEquals(Optional.of(first), rows.unchanged(IF_ANY));
  }

  @Test
  void revoke_expiredByAClockThatMayBeAhead_isDone() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(60)));
    rows.advance(Duration.ofMinutes(1).plus(SweepExpired.GRACE).minus(MICRO));
    assertEquals(GrantState.REVOKED, rows.accepted(revoke()).orElseThrow().state());
  }

  @Test
  void revoke_expiredByEveryClockButUnswept_isNotFoundUnlessAllowed() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(60)));
    rows.advance(Duration.ofMinutes(1).plus(SweepExpired.GRACE));
    assertEquals(new Refusal.GrantNotFound(KEY), rows.refused(revoke()));
    assertEquals(GrantState.EXPIRED, rows.unchanged(IF_ANY).orElseThrow().state());
  }

  @Test
  void revoke_rightBeforeItsExpiry_isDone() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(60)));
    rows.advance(Duration.ofMinutes(1).minus(MICRO));
    assertEquals(GrantState.REVOKED, rows.accepted(revoke()).orElseThrow().state());
  }

  @Test
  void revoke_suspendedApp_isDone() {
    rows.accepted(authorize());
    rows.accepted(suspend());
    GrantView view = rows.accepted(revoke()).orElseThrow();
    assertEquals(GrantState.REVOKED, view.state());
    assertEquals(AppState.SUSPENDED, view.appState());
  }

  @Test
  void revoke_sentAgainAfterReGrant_revokesNothing() {
    var command = new Revoke(ADMIN, KEY, false, ID, "");
    rows.accepted(authorize());
    Optional<GrantView> first = rows.accepted(command);
    long at = rows.revision().number();
    rows.accepted(authorize());
    assertEquals(new Ruling.Replayed<>(first, at), rows.replayed(command));
    assertEquals(GrantState.ACTIVE, grant(KEY).state());
  }

  @Test
  void revoke_noOpSentAgain_isTheFirstAnswer() {
    var command = new Revoke(ADMIN, KEY, true, ID, "");
    assertEquals(Optional.empty(), rows.unchanged(command));
    long at = rows.revision().number();
    rows.accepted(authorize());
    assertEquals(new Ruling.Replayed<>(Optional.empty(), at), rows.replayed(command));
    assertEquals(GrantState.ACTIVE, grant(KEY).state());
  }

  @Test
  void revoke_sameRequestIdWithOtherContent_isRefused() {
    rows.accepted(authorize());
    rows.accepted(new Revoke(ADMIN, KEY, false, ID, ""));
    for (Revoke other :
        List.of(
            new Revoke(ADMIN, key("other"), false, ID, ""),
            new Revoke(ADMIN, new GrantKey(KEY.account(), OTHER_APP), false, ID, ""),
            new Revoke(ADMIN, KEY, true, ID, ""),
            new Revoke(ADMIN, KEY, false, ID, "x"))) {
      assertEquals(new Refusal.RequestIdReused(ID), rows.refused(other));
    }
    assertNotEquals(
        under(authorize(), ID).request(),
        new Revoke(ADMIN, KEY, false, ID, "").request(),
        "each RPC has its own ids");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,1", "99,99", "100,100", "101,100 1", "205,100 100 5"})
  void revokeApp_grants_goInStepsOfAtMost100(int grants, String steps) {
    grantTo(grants);
    var told = new StringBuilder();
    Progress progress;
    do {
      progress = rows.accepted(new RevokeAppStep(ADMIN, APP, "out"));
      told.append(' ').append(progress.revoked());
    } while (!progress.done());
    assertEquals(steps, told.substring(1));
    assertEquals(0, rows.countActiveGrants(APP, rows.now()));
    assertEquals(1 + 2L * grants, rows.revision().number(), "one revision a grant");
  }

  @Test
  void revokeApp_grantedBehindTheLastStep_isFoundByTheNext() {
    grantTo(150);
    assertEquals(new Progress(100, false), rows.accepted(new RevokeAppStep(ADMIN, APP, "")));
    rows.accepted(onKey(authorize(), key("a-000")));
    assertEquals(new Progress(51, true), rows.accepted(new RevokeAppStep(ADMIN, APP, "")));
  }

  @Test
  void revokeApp_otherGrants_stayAsTheyAre() {
    rows.accepted(new PutApp(ADMIN, OTHER_APP, manifest(), null));
    var other = new GrantKey(KEY.account(), OTHER_APP);
    Grant ofOther = rows.accepted(onKey(authorize(), other)).grant();
    rows.accepted(authorize());
    Grant revoked = rows.accepted(revoke()).orElseThrow().grant();
    rows.accepted(onKey(until(authorize(), rows.now().plusSeconds(1)), key("expired")));
    rows.advance(Duration.ofSeconds(1).plus(SweepExpired.GRACE));
    rows.accepted(onKey(authorize(), key("active")));

    assertEquals(new Progress(1, true), rows.accepted(new RevokeAppStep(ADMIN, APP, "out")));
    assertEquals(ofOther, rows.grant(other));
    assertEquals(revoked, rows.grant(KEY));
    assertEquals(GrantState.ACTIVE, grant(key("expired")).state(), "the sweep's to write");
    assertEquals(new Grant.Revocation(rows.now(), ADMIN, "out"), grant(key("active")).revocation());
    assertEquals("out", rows.lastEvent().reason());
    assertEquals(new Progress(0, true), rows.unchanged(new RevokeAppStep(ADMIN, APP, "")));
  }

  @Test
  void revokeApp_unknownApp_isNotFound() {
    assertEquals(
        new Refusal.AppNotFound(OTHER_APP), rows.refused(new RevokeAppStep(ADMIN, OTHER_APP, "")));
  }

  @Test
  void revokeApp_deletedApp_hasNothingToRevoke() {
    rows.accepted(delete());
    assertEquals(new Progress(0, true), rows.unchanged(new RevokeAppStep(ADMIN, APP, "")));
  }

  @Test
  void sweep_expiredForItsGrace_isWrittenDownByNobody() {
    Grant granted = rows.accepted(until(authorize(), rows.now().plusSeconds(1))).grant();
    rows.advance(Duration.ofSeconds(1).plus(SweepExpired.GRACE).minus(MICRO));
    assertEquals(0, rows.unchanged(new SweepExpired()));
    assertEquals(GrantState.EXPIRED, granted.stateAt(rows.now()), "all the same");

    rows.advance(MICRO);
    assertEquals(1, rows.accepted(new SweepExpired()));
    Event event = rows.lastEvent();
    assertEquals(EventType.EXPIRED, event.type());
    assertNull(event.actor());
    assertNull(event.requestId());
    assertEquals("", event.reason());
    Grant expired = grant(KEY);
    assertEquals(new Event.OfGrant(granted, expired, app()), event.subject());
    assertEquals(GrantState.EXPIRED, expired.state());
    assertEquals(granted.expireTime(), expired.expireTime());
    assertNull(expired.revocation());
    assertEquals(0, rows.unchanged(new SweepExpired()), "once");
  }

  @Test
  void sweep_revokedReplacedOrEndless_isLeftAlone() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(1)));
    rows.accepted(revoke());
    Authorize replaced = onKey(authorize(), key("replaced"));
    rows.accepted(until(replaced, rows.now().plusSeconds(1)));
    rows.accepted(replacing(replaced));
    rows.accepted(onKey(authorize(), key("endless")));
    rows.advance(Duration.ofDays(1));
    assertEquals(0, rows.unchanged(new SweepExpired()));
  }

  @Test
  void sweep_moreThanOneFull_goesOnInTheNext() {
    for (int i = 0; i < 101; i++) {
      rows.accepted(onKey(until(authorize(), rows.now().plusSeconds(1)), key("a-" + i)));
    }
    rows.advance(Duration.ofDays(1));
    assertEquals(SweepExpired.GRANTS_PER_SWEEP_MAX, rows.accepted(new SweepExpired()));
    assertEquals(1, rows.accepted(new SweepExpired()));
    assertEquals(0, rows.unchanged(new SweepExpired()));
  }

  @Test
  void sweep_appDeletedMeanwhile_isWrittenAllTheSame() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(1)));
    rows.advance(Duration.ofSeconds(1).plus(SweepExpired.GRACE));
    rows.accepted(delete());
    assertEquals(1, rows.accepted(new SweepExpired()));
  }

  private void grantTo(int accounts) {
    for (int i = 0; i < accounts; i++) {
      rows.accepted(onKey(authorize(), key("a-%03d".formatted(i))));
    }
  }

  private Grant grant(GrantKey key) {
    Grant grant = rows.grant(key);
    if (grant == null) {
      throw new AssertionError("no grant of " + key);
    }
    return grant;
  }

  private App app() {
    App app = rows.app(APP);
    if (app == null) {
      throw new AssertionError("no app");
    }
    return app;
  }
}
