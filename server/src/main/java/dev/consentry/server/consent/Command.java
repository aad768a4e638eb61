package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import org.jspecify.annotations.Nullable;

/**
 * Something an administrator, an operator or the clock wants changed, together with the rule that
 * decides it.
 *
 * @param <R> what the caller gets
 */
public sealed interface Command<R>
    permits Authorize,
        Revoke,
        RevokeAppStep,
        PutApp,
        SuspendApp,
        ResumeApp,
        DeleteApp,
        SweepExpired {

  /**
   * Decides, without side effects, on nothing but its arguments.
   *
   * @param rows as they are at {@code moment}
   */
  Ruling<R> decide(Rows rows, Moment moment);

  /** The app that the rule looks at, if it is known beforehand: the store reads ahead. */
  default @Nullable AppId readsApp() {
    return null;
  }

  /** The grant that the rule looks at, if it is known beforehand. */
  default @Nullable GrantKey readsGrant() {
    return null;
  }

  /** Under what it is remembered; null if it is not. */
  default @Nullable RequestKey request() {
    return null;
  }

  /** What {@link #request()} stands for. */
  default @Nullable ContentHash contentHash() {
    return null;
  }

  /** The grant in an answer of this command, remembered with it; null if there is none. */
  default @Nullable GrantView grantOf(R result) {
    return null;
  }
}
