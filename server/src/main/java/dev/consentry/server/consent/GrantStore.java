package dev.consentry.server.consent;

import java.util.function.BooleanSupplier;

/** Where changes are made. */
public interface GrantStore {
  /**
   * Carries a command out, and returns once its effect is durable and known to this replica's
   * decisions. Blocks: call it on a virtual thread.
   *
   * @param abandoned whether the caller has given up; asked right before the command is decided,
   *     and if so it is dropped
   * @throws RefusedException if the rules refuse; {@link Refusal.StoreUnavailable} or {@link
   *     Refusal.ShuttingDown} if nothing was written; {@link Refusal.Overloaded} if too many wait;
   *     {@link Refusal.OutcomeUnknown} if nobody can tell
   */
  <R> At<R> execute(Command<R> command, BooleanSupplier abandoned);
}
