package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever an entry keeps alive is paid for: by what is shared as a whole, or by the entry. */
final class EntryTest {
  private final Entry.Maker entries = new Entry.Maker();

  @Test
  void of_equalStandingsWithoutAnEnd_areOneAndWeighNothing() {
    Entry first = entries.of(granting(Terms.NEVER, "read", "write"), 1);
    Entry second = entries.of(granting(Terms.NEVER, "write", "read"), 2);
    assertSame(first.standing(), second.standing());
    assertEquals(0, first.standingBytes());
    assertEquals(0, second.standingBytes());
  }

  @Test
  void of_standingsThatEnd_weighWhatTheyTakeHoweverOftenTheyCome() {
    Entry first = entries.of(granting(1, "read"), 1);
    Entry second = entries.of(granting(1, "read"), 2);
    assertNotSame(first.standing(), second.standing());
    assertTrue(first.standingBytes() > 0);
    assertEquals(first.standingBytes(), second.standingBytes());
  }

  @Test
  void of_standingsAtAndAboveTheSharedMaximum_areSharedAndPaidFor() {
    Standing atMaximum = ofBytes(Entry.Maker.SHARED_BYTES_MAX);
    Standing above = ofBytes(Entry.Maker.SHARED_BYTES_MAX + 2);
    assertEquals(0, entries.of(atMaximum, 1).standingBytes());
    assertEquals(Entry.Maker.SHARED_BYTES_MAX + 2, entries.of(above, 1).standingBytes());
    assertEquals(Entry.Maker.SHARED_BYTES_MAX + 2, entries.of(above, 2).standingBytes());
  }

  @Test
  void of_moreStandingsThanThereArePlaces_weighWhatTheyTake() {
    int shared = 0;
    for (int i = 0; i < 3 * Shared.PLACES; i++) {
      Entry entry = entries.of(granting(Terms.NEVER, "scope-" + i), 1);
      shared += entry.standingBytes() == 0 ? 1 : 0;
    }
    assertTrue(shared <= Shared.PLACES, "shared: " + shared);
    assertTrue(shared > Shared.PLACES / 2, "shared: " + shared);
    assertEquals(0, entries.of(granting(Terms.NEVER, "scope-0"), 2).standingBytes());
  }

  /** A standing of three scopes that is counted as this many bytes; an even number. */
  private static Standing ofBytes(int bytes) {
    int more = (bytes - new Entry(granting(Terms.NEVER, "a", "b", "c"), 1).standingBytes()) / 2;
    var standing =
        granting(Terms.NEVER, "a".repeat(1 + more / 2), "b".repeat(1 + more - more / 2), "c");
    assertEquals(bytes, new Entry(standing, 1).standingBytes());
    return standing;
  }

  private static Standing granting(long expireMicros, String... scopes) {
    return new Standing(
        false,
        new Terms(
            GrantState.ACTIVE,
            ScopeSet.of(List.of(scopes).stream().map(Scope::new).toList()),
            expireMicros));
  }
}
