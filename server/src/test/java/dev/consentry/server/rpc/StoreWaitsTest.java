package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class StoreWaitsTest {
  private static final int PLACES = 5;
  private static final int PER_CALLER = 3;

  private String caller = "greedy";
  private final StoreWaits waits = new StoreWaits(PLACES, PER_CALLER, () -> caller);

  private CompletableFuture<String> begin(int places) {
    var work = new CompletableFuture<String>();
    var _ = waits.untilDone(places, () -> work);
    return work;
  }

  private void assertRefused(int places) {
    int taken = waits.taken();
    var thrown = assertThrows(RefusedException.class, () -> begin(places));
    assertInstanceOf(Refusal.Overloaded.class, thrown.refusal());
    assertEquals(taken, waits.taken());
  }

  @Test
  void untilDone_oneCaller_leavesPlacesToOthers() {
    var _ = begin(PER_CALLER);
    assertRefused(1);
    caller = "modest";
    var _ = begin(PLACES - PER_CALLER);
    assertEquals(PLACES, waits.taken());
    assertEquals(1, waits.refused());
  }

  @Test
  void untilDone_noPlaceLeft_isRefusedWhoeverAsks() {
    var _ = begin(PER_CALLER);
    caller = "modest";
    var _ = begin(PLACES - PER_CALLER);
    caller = "third";
    assertRefused(1);
    assertEquals(2, waits.callers());
  }

  @Test
  void untilDone_callGivesUp_placeStaysWithTheWork() {
    var work = new CompletableFuture<String>();
    CompletableFuture<String> call = waits.untilDone(PER_CALLER, () -> work).copy();
    call.cancel(true);
    assertRefused(1);
    work.complete("done");
    assertEquals(0, waits.taken());
    assertEquals(0, waits.callers());
    var _ = begin(PER_CALLER);
  }

  @Test
  void untilDone_workFailsOrDoesNotBegin_placeIsFree() {
    var _ = begin(PER_CALLER).completeExceptionally(new IllegalStateException());
    assertThrows(
        IllegalStateException.class,
        () ->
            waits.<String>untilDone(
                1,
                () -> {
                  throw new IllegalStateException();
                }));
    assertEquals(0, waits.taken());
    assertEquals(0, waits.callers());
  }

  @Test
  void during_workAndItsFailure_holdAPlaceMeanwhile() {
    assertEquals(1, waits.during(waits::taken));
    assertThrows(
        IllegalStateException.class,
        () ->
            waits.during(() -> {
              throw new IllegalStateException();
            }));
    assertEquals(0, waits.taken());
    assertEquals(0, waits.callers());
  }

  @Test
  void leave_anotherCallersContext_freesTheRightPlace() {
    CompletableFuture<String> work = begin(PER_CALLER);
    caller = "modest";
    var _ = begin(1);
    work.complete("done");
    caller = "greedy";
    var _ = begin(PER_CALLER);
    assertEquals(PER_CALLER + 1, waits.taken());
  }
}
