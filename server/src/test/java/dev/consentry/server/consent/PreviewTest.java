package dev.consentry.server.consent;

import static dev.consentry.server.consent.Given.APP;
import static dev.consentry.server.consent.Given.KEY;
import static dev.consentry.server.consent.Given.authorize;
import static dev.consentry.server.consent.Given.choosing;
import static dev.consentry.server.consent.Given.delete;
import static dev.consentry.server.consent.Given.manifest;
import static dev.consentry.server.consent.Given.put;
import static dev.consentry.server.consent.Given.revoke;
import static dev.consentry.server.consent.Given.scopes;
import static dev.consentry.server.consent.Given.set;
import static dev.consentry.server.consent.Given.suspend;
import static dev.consentry.server.consent.Given.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.decision.GrantState;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class PreviewTest {
  private final MemoryRows rows = new MemoryRows();

  PreviewTest() {
    rows.accepted(put(manifest()));
  }

  @Test
  void of_neverGranted_addsAll() {
    assertEquals(
        new Preview(app(), null, set("list", "read"), set("list", "read"), set()), preview());
    assertEquals(set("list", "read", "write"), preview("write", "read", "write").scopes());
  }

  @Test
  void of_activeGrant_tellsWhatIsAddedAndRemoved() {
    GrantView current = rows.accepted(choosing(authorize(), "write"));
    assertEquals(
        new Preview(app(), current, set("export", "list", "read"), set("export"), set("write")),
        preview("export"));
    assertEquals(set(), preview("write").added());
    assertEquals(set(), preview("write").removed());
  }

  @Test
  void of_manifestChangedSince_tellsWhatConsentWouldChange() {
    rows.accepted(authorize());
    rows.accepted(put(manifest(List.of("read", "delete"), List.of("list"))));
    Preview preview = preview();
    assertEquals(set("delete", "read"), preview.scopes());
    assertEquals(set("delete"), preview.added());
    assertEquals(set("list"), preview.removed());
    assertEquals(true, Objects.requireNonNull(preview.current()).reconsentRequired());
    assertEquals(set("list", "read"), preview.current().grant().scopes(), "as it was agreed");
  }

  @Test
  void of_revokedGrant_addsAllAndRemovesNothing() {
    rows.accepted(choosing(authorize(), "write"));
    rows.accepted(revoke());
    Preview preview = preview();
    assertEquals(GrantState.REVOKED, Objects.requireNonNull(preview.current()).state());
    assertEquals(set("list", "read"), preview.added());
    assertEquals(set(), preview.removed());
  }

  @Test
  void of_expiredGrant_addsAllFromItsExpiryOn() {
    rows.accepted(until(authorize(), rows.now().plusSeconds(1)));
    assertEquals(set(), preview().added());
    rows.advance(Duration.ofSeconds(1));
    assertEquals(set("list", "read"), preview().added());
    assertEquals(GrantState.EXPIRED, Objects.requireNonNull(preview().current()).state());
  }

  @Test
  void of_suspendedApp_isShown() {
    rows.accepted(suspend());
    assertEquals(AppState.SUSPENDED, preview().app().state());
  }

  @Test
  void of_deletedApp_isNotFound() {
    rows.accepted(delete());
    assertEquals(
        new Refusal.AppNotFound(APP),
        assertThrows(RefusedException.class, this::preview).refusal());
  }

  @Test
  void of_undeclaredScopes_areRefusedAllAtOnce() {
    var refusal =
        assertThrows(RefusedException.class, () -> preview("x", "write", "Write")).refusal();
    assertEquals(
        List.of("optional_scopes[0]", "optional_scopes[2]"),
        assertInstanceOf(Refusal.InvalidRequest.class, refusal).violations().stream()
            .map(Violation::field)
            .toList());
  }

  @Test
  void of_nothingRequiredNothingChosen_isAnEmptyChoice() {
    rows.accepted(put(manifest(List.of(), List.of("write"))));
    assertEquals(set(), preview().scopes());
  }

  private Preview preview(String... chosen) {
    return Preview.of(app(), rows.grant(KEY), scopes(chosen), rows.now());
  }

  private App app() {
    return Objects.requireNonNull(rows.app(APP));
  }
}
