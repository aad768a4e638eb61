package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Revision;
import org.junit.jupiter.api.Test;

final class SyncGateTest {
  /** A replica reads what others have written after its own last write. */
  @Test
  void advance_ofAnOpenGate_leavesItOpen() {
    SyncGate gate = SyncGate.open();
    gate.advance(1);
    var later = new At<>("there", new Revision(new Epoch("0123456789abcdef"), 2));
    assertEquals(later, gate.pass(() -> later));
  }
}
