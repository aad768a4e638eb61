package dev.consentry.server.demo;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that says what it was last told: it starts at the beginning of time. */
public final class DemoClock implements InstantSource {
  private volatile Instant now = Instant.EPOCH;

  void set(Instant instant) {
    now = instant;
  }

  @Override
  public Instant instant() {
    return now;
  }
}
