package dev.consentry.server.decision;

import dev.consentry.server.decision.Standing.Terms;
import java.util.List;

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
    if (standing.appSuspended()) {
      return deny(DenyReason.APP_SUSPENDED, question);
    }
    Terms terms = standing.terms();
    if (terms == null) {
      return deny(DenyReason.NO_GRANT, question);
    }
    if (terms.state() == GrantState.REVOKED) {
      return deny(DenyReason.GRANT_REVOKED, question);
    }
    if (terms.state() == GrantState.EXPIRED || nowMicros >= terms.expireMicros()) {
      return deny(DenyReason.GRANT_EXPIRED, question);
    }
    if (!terms.scopes().containsAll(question.scopes())) {
      return new Deny(DenyReason.SCOPE_NOT_GRANTED, question.missingFrom(terms.scopes()));
    }
    return new Allow(terms.expireMicros());
  }

  private static Deny deny(DenyReason reason, CheckQuestion question) {
    return new Deny(reason, question.missingFrom(ScopeSet.of(List.of())));
  }
}
