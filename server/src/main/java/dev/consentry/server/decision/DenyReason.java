package dev.consentry.server.decision;

/** Why not. The first that holds, in this order. */
public enum DenyReason {
  /** An operator stopped the app everywhere. */
  APP_SUSPENDED,
  /** Never granted; also no such app or account. */
  NO_GRANT,
  /** Taken back by an administrator, whether or not it has expired since. */
  GRANT_REVOKED,
  /** The grant's time is over. */
  GRANT_EXPIRED,
  /** Granted, but not all of the scopes asked for. */
  SCOPE_NOT_GRANTED
}
