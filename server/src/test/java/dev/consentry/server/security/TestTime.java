package dev.consentry.server.security;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The time, which passes when a test says so. */
final class TestTime implements InstantSource {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private volatile Duration passed = Duration.ZERO;

  void pass(Duration duration) {
    passed = passed.plus(duration);
  }

  @Override
  public Instant instant() {
    return START.plus(passed);
  }

  long nanos() {
    return passed.toNanos();
  }
}
