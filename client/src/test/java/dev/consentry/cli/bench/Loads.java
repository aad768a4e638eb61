package dev.consentry.cli.bench;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** Settings of short loads. */
final class Loads {
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-23T10:12:30Z"), ZoneOffset.UTC);
  static final Asked.Drawn DRAWN =
      new Asked.Drawn(20, 3, new Keys.Zipf(0.99), new Shares(80, 15, 5), 42);

  private Loads() {}

  /** A fifth of a second, over one connection, without a warm-up. */
  static Settings unary(Pace pace) {
    return of(Mode.UNARY, pace, 1, 1);
  }

  static Settings of(Mode mode, Pace pace, int batchSize, int streams) {
    return new Settings(
        mode,
        pace,
        DRAWN,
        Duration.ofMillis(200),
        Duration.ZERO,
        Duration.ofSeconds(5),
        1,
        batchSize,
        streams);
  }
}
