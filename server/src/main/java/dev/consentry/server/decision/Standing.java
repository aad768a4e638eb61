package dev.consentry.server.decision;

import org.jspecify.annotations.Nullable;

/**
 * All that a decision about one account and app rests on, as of one revision.
 *
 * @param appSuspended whether an operator stopped the app everywhere
 * @param terms what was agreed; null if nothing ever was
 */
public record Standing(boolean appSuspended, @Nullable Terms terms) {
  /**
   * An app that is not suspended and was never granted anything: also an app or an account nobody
   * knows.
   */
  public static final Standing NONE = new Standing(false, null);

  /**
   * The part of a grant that decides.
   *
   * @param expireMicros microseconds since 1970-01-01T00:00Z, the first instant at which it no
   *     longer holds; {@link #NEVER} if it does not end
   */
  public record Terms(GrantState state, ScopeSet scopes, long expireMicros) {
    public static final long NEVER = Long.MAX_VALUE;
  }

  /** The same agreement while its app is, or is no longer, suspended. */
  public Standing withAppSuspended(boolean suspended) {
    return suspended == appSuspended ? this : new Standing(suspended, terms);
  }

  /** What was agreed, whether or not it holds. */
  ScopeSet grantedScopes() {
    return terms == null ? ScopeSet.EMPTY : terms.scopes();
  }

  /** When the agreement ends; {@link Terms#NEVER} also if there is none. */
  public long expireMicros() {
    return terms == null ? Terms.NEVER : terms.expireMicros();
  }
}
