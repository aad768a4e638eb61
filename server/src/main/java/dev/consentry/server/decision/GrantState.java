package dev.consentry.server.decision;

/**
 * What became of a grant. ACTIVE is what is written down: a grant past its expiry holds no longer,
 * swept or not.
 */
public enum GrantState {
  ACTIVE,
  REVOKED,
  EXPIRED
}
