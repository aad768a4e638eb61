package dev.consentry.server.consent;

/** What an app may do. */
public enum AppState {
  ACTIVE,
  /** Denied everywhere until resumed; its grants stay as they are. */
  SUSPENDED,
  /** Retired. A tombstone stays, so that its versions are never used again. */
  DELETED
}
