package dev.consentry.server.consent;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One change: one revision, with the whole new value in it. The log of these is the truth and the
 * audit trail.
 *
 * @param time never goes back in order of revision
 * @param actor null for what nobody did: an expiry
 * @param reason may be empty
 */
public record Event(
    long revision,
    Instant time,
    EventType type,
    @Nullable Actor actor,
    String reason,
    @Nullable UUID requestId,
    Subject subject) {

  /** What changed. */
  public sealed interface Subject {}

  /**
   * A grant was made, replaced or ended.
   *
   * @param before null the first time
   * @param app as it was when this happened
   */
  public record OfGrant(@Nullable Grant before, Grant after, App app) implements Subject {}

  /**
   * An app was registered, changed, suspended, resumed or deleted.
   *
   * @param before null the first time
   */
  public record OfApp(@Nullable App before, App after) implements Subject {}
}
