package dev.consentry.server.consent;

/** What a change is called in the history. */
public enum EventType {
  GRANTED,
  REPLACED,
  REVOKED,
  EXPIRED,
  APP_CREATED,
  APP_CHANGED,
  APP_SUSPENDED,
  APP_RESUMED,
  APP_DELETED
}
