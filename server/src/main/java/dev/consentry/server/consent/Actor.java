package dev.consentry.server.consent;

/**
 * Who did it.
 *
 * @param principal tagged by the kind of its credential: {@code spiffe://…}, {@code dns:NAME},
 *     {@code jwt:SUB}, {@code token:ID}, or {@code local}
 */
public record Actor(String principal) {
  /** Whoever reaches a server that listens on loopback without authentication. */
  public static final Actor LOCAL = new Actor("local");
}
