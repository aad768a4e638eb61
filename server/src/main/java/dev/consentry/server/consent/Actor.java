package dev.consentry.server.consent;

/**
 * Who did it.
 *
 * @param principal tagged by kind: {@code local}, later {@code spiffe://…}, {@code dns:NAME},
 *     {@code jwt:SUB}, {@code token:ID}
 */
public record Actor(String principal) {
  /** Whoever reaches a server that listens on loopback without authentication. */
  public static final Actor LOCAL = new Actor("local");
}
