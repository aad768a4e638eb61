package dev.consentry.server.security;

import dev.consentry.server.consent.Actor;

/**
 * Who calls.
 *
 * @param actor what the history will say
 */
public record Caller(Actor actor, Rights rights) {
  /** Whoever reaches a server without authentication, which listens on loopback alone. */
  public static final Caller LOCAL = new Caller(Actor.LOCAL, Rights.EVERYTHING);
}
