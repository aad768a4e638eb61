package dev.consentry.server.gateway;

import dev.consentry.server.decision.DenyReason;
import java.util.Locale;

/** Why a door does not let a request through. The names are part of what it answers. */
public enum Reason {
  /** Two readers could take it for two requests. */
  UNSAFE_REQUEST(Answer.UNSAFE),
  /** Only letter case keeps its path from an earlier rule. */
  ROUTE_AMBIGUOUS(Answer.UNSAFE),
  /** No rule says what it needs. */
  ROUTE_NOT_COVERED(Answer.FORBIDDEN),
  /** What the gateway itself says, or leaves out, is not what the door asks for. */
  BAD_DOOR_CONFIGURATION(Answer.FORBIDDEN),
  NO_TOKEN(Answer.WHO_ARE_YOU),
  INVALID_TOKEN(Answer.WHO_ARE_YOU),
  /** What the gateway says of the app is not what the door's subjects look like. */
  SUBJECT_NOT_FOUND(Answer.FORBIDDEN),
  /** The path is of another account than the app comes for. */
  ACCOUNT_MISMATCH(Answer.FORBIDDEN),
  /** The gateway, as a caller, may not ask about that. */
  NOT_ALLOWED(Answer.FORBIDDEN),
  APP_SUSPENDED(Answer.FORBIDDEN),
  NO_GRANT(Answer.FORBIDDEN),
  GRANT_REVOKED(Answer.FORBIDDEN),
  GRANT_EXPIRED(Answer.FORBIDDEN),
  SCOPE_NOT_GRANTED(Answer.MORE_SCOPE),
  /** The grant would do, but the token was made for less. */
  TOKEN_SCOPE_MISSING(Answer.MORE_SCOPE);

  /** What kind of answer goes back. */
  enum Answer {
    UNSAFE,
    /** With a challenge: RFC 6750 §3. */
    WHO_ARE_YOU,
    /** With a challenge: RFC 6750 §3.1, {@code insufficient_scope}. */
    MORE_SCOPE,
    FORBIDDEN
  }

  private final Answer answer;
  private final String text;

  Reason(Answer answer) {
    this.answer = answer;
    this.text = name().toLowerCase(Locale.ROOT);
  }

  /** In lower case, as counts have it. */
  String text() {
    return text;
  }

  Answer answer() {
    return answer;
  }

  static Reason of(DenyReason reason) {
    return switch (reason) {
      case APP_SUSPENDED -> APP_SUSPENDED;
      case NO_GRANT -> NO_GRANT;
      case GRANT_REVOKED -> GRANT_REVOKED;
      case GRANT_EXPIRED -> GRANT_EXPIRED;
      case SCOPE_NOT_GRANTED -> SCOPE_NOT_GRANTED;
    };
  }
}
