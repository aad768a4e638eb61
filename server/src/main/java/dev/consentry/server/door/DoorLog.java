package dev.consentry.server.door;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.security.Caller;
import org.jspecify.annotations.Nullable;

/**
 * Hears of everything that goes back to gateways. Told on the threads that answer, it never waits.
 */
public interface DoorLog {
  /**
   * An answer.
   *
   * @param door its name, or {@link Doors#NO_DOOR}
   * @param asked null if it did not come to a question
   */
  void answered(Caller caller, String door, @Nullable CheckQuestion asked, DoorAnswer answer);

  /**
   * A question to which there was no deciding.
   *
   * @param why what was thrown
   */
  default void failed(Caller caller, String door, CheckQuestion asked, Throwable why) {}
}
