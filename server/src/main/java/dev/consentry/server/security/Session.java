package dev.consentry.server.security;

import java.time.Duration;
import java.time.Instant;

/**
 * A caller, for a while.
 *
 * @param until from then on the credential has to be looked at again
 */
public record Session(Caller caller, Instant until) {
  /** For how long a caller is known at most, whatever its credential says. */
  public static final Duration KNOWN_FOR = Duration.ofSeconds(60);
}
