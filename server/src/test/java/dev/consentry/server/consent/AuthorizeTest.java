package dev.consentry.server.consent;

import static dev.consentry.server.consent.Given.ADMIN;
import static dev.consentry.server.consent.Given.APP;
import static dev.consentry.server.consent.Given.KEY;
import static dev.consentry.server.consent.Given.OPERATOR;
import static dev.consentry.server.consent.Given.OTHER_ADMIN;
import static dev.consentry.server.consent.Given.OTHER_APP;
import static dev.consentry.server.consent.Given.authorize;
import static dev.consentry.server.consent.Given.because;
import static dev.consentry.server.consent.Given.by;
import static dev.consentry.server.consent.Given.choosing;
import static dev.consentry.server.consent.Given.delete;
import static dev.consentry.server.consent.Given.expecting;
import static dev.consentry.server.consent.Given.key;
import static dev.consentry.server.consent.Given.manifest;
import static dev.consentry.server.consent.Given.onKey;
import static dev.consentry.server.consent.Given.put;
import static dev.consentry.server.consent.Given.replacing;
import static dev.consentry.server.consent.Given.resume;
import static dev.consentry.server.consent.Given.revoke;
import static dev.consentry.server.consent.Given.set;
import static dev.consentry.server.consent.Given.shown;
import static dev.consentry.server.consent.Given.suspend;
import static dev.consentry.server.consent.Given.under;
import static dev.consentry.server.consent.Given.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class AuthorizeTest {
  private static final UUID ID = new UUID(1, 2);
  private static final Duration MICRO = Duration.ofNanos(1_000);

  private final MemoryRows rows = new MemoryRows();

  AuthorizeTest() {
    rows.accepted(put(manifest()));
  }

  @Test
  void decide_nothingChosen_grantsWhatIsRequired() {
    GrantView view = rows.accepted(authorize());

    assertEquals(
        new Grant(
            KEY,
            set("list", "read"),
            1,
            GrantState.ACTIVE,
            rows.now(),
            ADMIN,
            "needed",
            null,
            null,
            2),
        view.grant());
    assertEquals(GrantState.ACTIVE, view.state());
    assertEquals("Ledger Sync", view.appDisplayName());
    assertEquals(AppState.ACTIVE, view.appState());
    assertEquals(false, view.reconsentRequired());
    assertEquals(EventType.GRANTED, rows.lastEvent().type());
    assertEquals(view.grant(), rows.grant(KEY));
  }

  @Test
  void decide_optionalChosen_grantsThoseToo() {
    assertEquals(
        set("list", "read", "write"),
        rows.accepted(choosing(authorize(), "write")).grant().scopes());
  }

  @Test
  void decide_requiredNamedAsOptionalAndRepeats_isHarmless() {
    assertEquals(
        set("list", "read", "write"),
        rows.accepted(choosing(authorize(), "read", "write", "read", "write")).grant().scopes());
  }

  @Test
  void decide_everyFieldOfTheRequest_isInTheEvent() {
    Instant expire = rows.now().plusSeconds(60);
    Grant grant = rows.accepted(under(until(authorize(), expire), ID)).grant();

    Event event = rows.lastEvent();
    assertEquals(expire, grant.expireTime());
    assertEquals(ADMIN, event.actor());
    assertEquals("needed", event.reason());
    assertEquals(ID, event.requestId());
    assertEquals(new Event.OfGrant(null, grant, app()), event.subject());
  }

  /** Each refusal while all that come after it hold as well. */
  @Test
  void decide_severalReasonsToRefuse_theFirstOfTheContractIsTold() {
    rows.accepted(under(authorize(), ID));
    Revision granted = rows.revision();
    // Wrong in every way that an Authorize can be, and the grant exists.
    Authorize wrong =
        choosing(
            expecting(shown(under(authorize(), ID), 7), new Revision(MemoryRows.EPOCH, 1)), "x");
    rows.accepted(suspend());
    App suspended = app();
    rows.forget(APP);

    assertEquals(new Refusal.RequestIdReused(ID), rows.refused(wrong));
    wrong = under(wrong, null);
    assertEquals(new Refusal.AppNotFound(APP), rows.refused(wrong));
    rows.restore(suspended);
    assertEquals(new Refusal.AppSuspended(APP), rows.refused(wrong));
    rows.accepted(resume());
    assertEquals(new Refusal.ManifestChanged(APP, 1), rows.refused(wrong));
    wrong = shown(wrong, 1);
    assertInstanceOf(Refusal.InvalidRequest.class, rows.refused(wrong));
    wrong = choosing(wrong);
    assertEquals(new Refusal.GrantChanged(KEY, granted), rows.refused(wrong));
    wrong = expecting(wrong, granted);
    assertEquals(new Refusal.GrantExists(KEY, granted), rows.refused(wrong));
    assertEquals(EventType.REPLACED, typeAfter(replacing(wrong)));
  }

  @Test
  void decide_appDeleted_isAsIfItNeverWas() {
    rows.accepted(delete());
    assertEquals(new Refusal.AppNotFound(APP), rows.refused(authorize()));
  }

  @Test
  void decide_consentToAVersionBeforeDelete_isRefused() {
    rows.accepted(delete());
    rows.accepted(put(manifest()));
    assertEquals(new Refusal.ManifestChanged(APP, 2), rows.refused(authorize()));
    rows.accepted(shown(authorize(), 2));
  }

  @Test
  void decide_otherVersionShown_isRefusedWithTheCurrentOne() {
    rows.accepted(put(manifest(List.of("read"), List.of())));
    for (int version : new int[] {Integer.MIN_VALUE, -1, 0, 1, 3, Integer.MAX_VALUE}) {
      assertEquals(new Refusal.ManifestChanged(APP, 2), rows.refused(shown(authorize(), version)));
    }
  }

  @Test
  void decide_undeclaredScopesAndExpiryInThePast_areAllSaidAtOnce() {
    var refusal =
        assertInstanceOf(
            Refusal.InvalidRequest.class,
            rows.refused(until(choosing(authorize(), "WRITE", "write", "*", "read"), rows.now())));
    assertEquals(
        List.of("optional_scopes[0]", "optional_scopes[2]", "expire_time"),
        refusal.violations().stream().map(Violation::field).toList());
    assertEquals(
        "`WRITE` is not declared by the app's current manifest",
        refusal.violations().getFirst().description());
  }

  @Test
  void decide_noScopeAtAll_isRefused() {
    rows.accepted(put(manifest(List.of(), List.of("write"))));
    var refusal =
        assertInstanceOf(Refusal.InvalidRequest.class, rows.refused(shown(authorize(), 2)));
    assertEquals(
        List.of("optional_scopes"), refusal.violations().stream().map(Violation::field).toList());
    assertEquals(
        set("write"), rows.accepted(shown(choosing(authorize(), "write"), 2)).grant().scopes());
  }

  @Test
  void decide_expiryAtTheEdgeOfNow_mustBeAfterIt() {
    assertInstanceOf(
        Refusal.InvalidRequest.class, rows.refused(until(authorize(), rows.now().minus(MICRO))));
    assertInstanceOf(Refusal.InvalidRequest.class, rows.refused(until(authorize(), rows.now())));
    rows.accepted(until(authorize(), rows.now().plus(MICRO)));
  }

  @Test
  void decide_expiryFinerThanMicroseconds_isCutBeforeItIsJudged() {
    assertInstanceOf(
        Refusal.InvalidRequest.class, rows.refused(until(authorize(), rows.now().plusNanos(999))));
    assertEquals(
        rows.now().plus(MICRO),
        rows.accepted(until(authorize(), rows.now().plusNanos(1_999))).grant().expireTime());
  }

  @Test
  void decide_activeGrant_existsUnlessReplaced() {
    Grant first = rows.accepted(choosing(authorize(), "write")).grant();
    Revision granted = rows.revision();
    assertEquals(new Refusal.GrantExists(KEY, granted), rows.refused(authorize()));

    rows.advance(MICRO);
    Grant second = rows.accepted(replacing(by(because(authorize(), "less"), OTHER_ADMIN))).grant();
    assertEquals(EventType.REPLACED, rows.lastEvent().type());
    assertEquals(new Event.OfGrant(first, second, app()), rows.lastEvent().subject());
    assertEquals(set("list", "read"), second.scopes(), "swapped, not added to");
    assertEquals(rows.now(), second.grantTime());
    assertEquals(OTHER_ADMIN, second.grantedBy());
    assertEquals("less", second.grantReason());
  }

  @Test
  void decide_replaceWithoutAnActiveGrant_justGrants() {
    assertEquals(EventType.GRANTED, typeAfter(replacing(authorize())));
    rows.accepted(revoke());
    assertEquals(EventType.GRANTED, typeAfter(replacing(authorize())));
  }

  @Test
  void decide_afterRevoke_isGrantedAnewWithoutATraceOfIt() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(60)));
    rows.accepted(revoke());
    Grant anew = rows.accepted(authorize()).grant();
    assertEquals(EventType.GRANTED, rows.lastEvent().type());
    assertNull(anew.revocation());
    assertNull(anew.expireTime());
  }

  @Test
  void decide_afterExpiry_isGrantedAnewSweptOrNot() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(60)));
    rows.advance(Duration.ofMinutes(1).minus(MICRO));
    assertInstanceOf(Refusal.GrantExists.class, rows.refused(authorize()));
    rows.advance(MICRO);
    assertEquals(EventType.GRANTED, typeAfter(until(authorize(), rows.now().plusSeconds(60))));
    rows.advance(Duration.ofMinutes(2));
    assertEquals(1, rows.accepted(new SweepExpired()));
    assertEquals(EventType.GRANTED, typeAfter(authorize()));
  }

  @Test
  void decide_expectedRevision_guardsAgainstAnyChange() {
    Revision early = rows.revision();
    assertEquals(new Refusal.GrantChanged(KEY, null), rows.refused(expecting(authorize(), early)));

    rows.accepted(authorize());
    Revision granted = rows.revision();
    rows.accepted(onKey(authorize(), key("other")));
    var otherEpoch = new Revision(new Epoch("epoch-1111111111"), granted.number());
    for (Revision not : List.of(early, rows.revision(), otherEpoch)) {
      assertEquals(
          new Refusal.GrantChanged(KEY, granted),
          rows.refused(replacing(expecting(authorize(), not))));
    }
    rows.accepted(replacing(expecting(authorize(), granted)));
    assertInstanceOf(
        Refusal.GrantChanged.class, rows.refused(replacing(expecting(authorize(), granted))));
  }

  @Test
  void decide_expectedRevisionOfARevokedGrant_grantsAnew() {
    rows.accepted(authorize());
    Revision granted = rows.revision();
    rows.accepted(revoke());
    assertEquals(
        new Refusal.GrantChanged(KEY, rows.revision()),
        rows.refused(expecting(authorize(), granted)));
    rows.accepted(expecting(authorize(), rows.revision()));
  }

  @Test
  void decide_sentAgain_isTheFirstAnswerWhateverHappenedSince() {
    Authorize command = under(until(authorize(), rows.now().plusSeconds(1)), ID);
    GrantView first = rows.accepted(command);
    long at = rows.revision().number();
    rows.advance(Duration.ofHours(1));
    assertEquals(first, rows.replayed(command).result(), "its expiry is past by now");
    rows.accepted(replacing(authorize()));
    rows.accepted(revoke());
    assertEquals(first, rows.replayed(command).result());
    rows.accepted(put(manifest(List.of("else"), List.of())));
    rows.accepted(suspend());
    assertEquals(first, rows.replayed(command).result());
    rows.accepted(delete());
    assertEquals(first, rows.replayed(command).result());
    rows.forget(APP);
    Revision before = rows.revision();
    assertEquals(new Ruling.Replayed<>(first, at), rows.replayed(command));
    assertEquals(before, rows.revision(), "a replay writes nothing");
  }

  @Test
  void decide_sameRequestIdWithOtherContent_isRefused() {
    rows.accepted(under(authorize(), ID));
    assertEquals(
        new Refusal.RequestIdReused(ID), rows.refused(under(because(authorize(), "x"), ID)));
  }

  @Test
  void decide_sameRequestIdOfAnotherCaller_isAnother() {
    rows.accepted(under(authorize(), ID));
    rows.accepted(under(by(onKey(authorize(), key("other")), OTHER_ADMIN), ID));
    rows.accepted(new Revoke(ADMIN, KEY, false, ID, ""));
  }

  @Test
  void decide_refused_isNotRemembered() {
    rows.accepted(suspend());
    assertEquals(new Refusal.AppSuspended(APP), rows.refused(under(authorize(), ID)));
    rows.accepted(resume());
    rows.accepted(under(because(authorize(), "other content"), ID));
  }

  @Test
  void contentHash_anyFieldChanged_isAnother() {
    Authorize a =
        under(
            expecting(
                until(choosing(authorize(), "write"), Instant.EPOCH),
                new Revision(MemoryRows.EPOCH, 1)),
            ID);
    var hashes = new HashSet<ContentHash>();
    List<Authorize> all =
        List.of(
            a,
            onKey(a, key("acm")),
            onKey(a, new GrantKey(KEY.account(), OTHER_APP)),
            choosing(a),
            choosing(a, "write", "export"),
            choosing(a, "writeexport"),
            shown(a, 2),
            until(a, null),
            until(a, Instant.EPOCH.plus(MICRO)),
            replacing(a),
            expecting(a, null),
            expecting(a, new Revision(MemoryRows.EPOCH, 2)),
            expecting(a, new Revision(new Epoch("epoch-1111111111"), 1)),
            because(a, ""),
            because(a, "-"),
            because(a, "needed "));
    all.forEach(one -> hashes.add(one.contentHash()));
    assertEquals(all.size(), hashes.size());
  }

  @Test
  void contentHash_sameWantedInOtherWords_isTheSame() {
    Authorize a = choosing(authorize(), "write", "export");
    assertEquals(a.contentHash(), choosing(a, "export", "write").contentHash());
    assertEquals(a.contentHash(), choosing(a, "export", "write", "export").contentHash());
    Instant expire = Instant.EPOCH.plusNanos(1_000);
    assertEquals(until(a, expire).contentHash(), until(a, expire.plusNanos(999)).contentHash());
    assertEquals(under(a, ID).contentHash(), a.contentHash(), "the id names the content");
    assertEquals(by(a, OPERATOR).contentHash(), a.contentHash(), "the caller is in the key");
    assertNotEquals(under(a, ID).request(), under(by(a, OPERATOR), ID).request());
  }

  /** Lengths go before parts: moving a letter from one part to the next is another request. */
  @Test
  void contentHash_partsRunTogether_areStillApart() {
    assertNotEquals(ContentHash.of("ab", "c"), ContentHash.of("a", "bc"));
    assertNotEquals(ContentHash.of("a", ""), ContentHash.of("a"));
    assertNotEquals(ContentHash.of("a", null), ContentHash.of("a", ""));
    assertNotEquals(ContentHash.of("a", null), ContentHash.of("a", "-"));
    assertNotEquals(ContentHash.of(set()), ContentHash.of(set("-")));
  }

  private App app() {
    return Objects.requireNonNull(rows.app(APP));
  }

  private EventType typeAfter(Authorize command) {
    rows.accepted(command);
    return rows.lastEvent().type();
  }
}
