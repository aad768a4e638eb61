package dev.consentry.server.decision;

import dev.consentry.server.decision.Standing.Terms;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the grant says to one question. At which revision it says so, the table knows. */
public sealed interface Decision {
  /**
   * All that was asked for is granted.
   *
   * @param expireMicros microseconds since 1970; nobody may keep this answer until then or later
   */
  record Allow(long expireMicros) implements Decision {}

  /**
   * Not all that was asked for is granted, or nothing is.
   *
   * @param missing asked and not granted, in the order asked, each once; all of them without a
   *     usable grant
   */
  record Deny(DenyReason reason, List<Scope> missing) implements Decision {}

  /*
   * Silence denies. Suspension beats the grant, revocation beats expiry, expiry beats the scopes; then every scope
   * asked for must be granted. Time comes in as an argument: a grant that ends between two calls needs no event.
   */
  static Decision decide(CheckQuestion question, Standing standing, long nowMicros) {
    DenyReason refusal = refusal(standing, nowMicros);
    if (refusal != null) {
      return new Deny(refusal, question.missingFrom(ScopeSet.EMPTY));
    }
    ScopeSet granted = standing.grantedScopes();
    return granted.containsAll(question.scopes())
        ? new Allow(standing.expireMicros())
        : new Deny(DenyReason.SCOPE_NOT_GRANTED, question.missingFrom(granted));
  }

  /** Why nothing at all is granted; null if the scopes decide. */
  static @Nullable DenyReason refusal(Standing standing, long nowMicros) {
    if (standing.appSuspended()) {
      return DenyReason.APP_SUSPENDED;
    }
    Terms terms = standing.terms();
    if (terms == null) {
      return DenyReason.NO_GRANT;
    }
    if (terms.state() == GrantState.REVOKED) {
      return DenyReason.GRANT_REVOKED;
    }
    return terms.state() == GrantState.EXPIRED || nowMicros >= terms.expireMicros()
        ? DenyReason.GRANT_EXPIRED
        : null;
  }
}
