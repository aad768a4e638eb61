package dev.consentry.server.consent;

import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing.Terms;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The latest agreement of an account with an app.
 *
 * @param scopes at least one
 * @param state as written down; {@link #stateAt} says what it is
 * @param expireTime the first instant at which it no longer holds, to the microsecond; null if it
 *     does not end
 * @param revocation who took it back; null unless REVOKED
 * @param revision the number of its last change
 */
public record Grant(
    GrantKey key,
    ScopeSet scopes,
    int manifestVersion,
    GrantState state,
    Instant grantTime,
    Actor grantedBy,
    String grantReason,
    @Nullable Instant expireTime,
    @Nullable Revocation revocation,
    long revision) {

  /** How a grant ended before its time. */
  public record Revocation(Instant time, Actor by, String reason) {}

  /**
   * The state at {@code now}: a grant past its expiry is EXPIRED before any sweep has written so.
   */
  public GrantState stateAt(Instant now) {
    return state == GrantState.ACTIVE && expireTime != null && !now.isBefore(expireTime)
        ? GrantState.EXPIRED
        : state;
  }

  /** The part that decides. */
  public Terms terms() {
    return new Terms(state, scopes, expireTime == null ? Terms.NEVER : micros(expireTime));
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  Grant revoked(Actor by, String reason, Moment moment) {
    return ended(
        GrantState.REVOKED, new Revocation(moment.now(), by, reason), moment.nextRevision());
  }

  Grant expired(Moment moment) {
    return ended(GrantState.EXPIRED, null, moment.nextRevision());
  }

  private Grant ended(GrantState newState, @Nullable Revocation how, long newRevision) {
    return new Grant(
        key,
        scopes,
        manifestVersion,
        newState,
        grantTime,
        grantedBy,
        grantReason,
        expireTime,
        how,
        newRevision);
  }
}
