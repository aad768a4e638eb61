package dev.consentry.cli.bench;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.ThrowingSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every limit of a load, on both of its sides. */
final class SettingsTest {
  private static final Keys ZIPF = new Keys.Zipf(1);
  private static final Shares SHARES = Shares.DEFAULT;

  static Stream<Arguments> limits() {
    return Stream.of(
        limit("--concurrency", () -> new Pace.Closed(1), () -> new Pace.Closed(0)),
        limit(
            "--concurrency",
            () -> new Pace.Closed(Pace.IN_FLIGHT_MAX),
            () -> new Pace.Closed(Pace.IN_FLIGHT_MAX + 1)),
        limit("--rate", () -> new Pace.Open(0.1), () -> new Pace.Open(0)),
        limit(
            "--rate",
            () -> new Pace.Open(Pace.RATE_PER_SECOND_MAX),
            () -> new Pace.Open(Math.nextUp(Pace.RATE_PER_SECOND_MAX))),
        limit("--rate", () -> new Pace.Open(1), () -> new Pace.Open(Double.NaN)),
        limit(
            "--zipf-exponent",
            () -> new Keys.Zipf(Keys.ZIPF_EXPONENT_MAX),
            () -> new Keys.Zipf(Math.nextUp(Keys.ZIPF_EXPONENT_MAX))),
        limit("--zipf-exponent", () -> new Keys.Zipf(0.01), () -> new Keys.Zipf(0)),
        limit("--allow", () -> new Shares(0, 100, 0), () -> new Shares(-0.1, 100, 0.1)),
        limit("--deny", () -> new Shares(0, 100, 0), () -> new Shares(0, 100.1, 0)),
        limit("--never-seen", () -> new Shares(0, 0, 100), () -> new Shares(0, 0, Double.NaN)),
        limit("sum to 100", () -> new Shares(33.3, 33.3, 33.4), () -> new Shares(33.3, 33.3, 33.3)),
        limit("sum to 100", () -> new Shares(80, 15, 5), () -> new Shares(80, 15, 5.1)),
        limit("--accounts", () -> drawn(1, 1), () -> drawn(0, 1)),
        limit(
            "--accounts",
            () -> drawn(Asked.ACCOUNTS_MAX, 1),
            () -> drawn(Asked.ACCOUNTS_MAX + 1, 1)),
        limit("--apps", () -> drawn(1, 1), () -> drawn(1, 0)),
        limit("--apps", () -> drawn(1, Asked.APPS_MAX), () -> drawn(1, Asked.APPS_MAX + 1)),
        limit(
            "--accounts times --apps",
            () -> drawn(Asked.PAIRS_MAX / 1_000, 1_000),
            () -> drawn(Asked.PAIRS_MAX / 1_000 + 1, 1_000)),
        limit("--scope", () -> fixed(1), () -> fixed(0)),
        limit("--scope", () -> fixed(Asked.SCOPES_MAX), () -> fixed(Asked.SCOPES_MAX + 1)),
        limit("--duration", () -> lasting(100, 0, 1), () -> lasting(99, 0, 1)),
        limit("--duration", () -> lasting(3_600_000, 0, 1), () -> lasting(3_600_001, 0, 1)),
        limit("--warm-up", () -> lasting(100, 0, 1), () -> lasting(100, -1, 1)),
        limit("--warm-up", () -> lasting(100, 3_600_000, 1), () -> lasting(100, 3_600_001, 1)),
        limit("--timeout", () -> lasting(100, 0, 1), () -> lasting(100, 0, 0)),
        limit("--timeout", () -> lasting(100, 0, 600_000), () -> lasting(100, 0, 600_001)),
        limit("--connections", () -> counting(1, 1, 1), () -> counting(0, 1, 1)),
        limit(
            "--connections",
            () -> counting(Settings.CONNECTIONS_MAX, 1, Settings.CONNECTIONS_MAX),
            () -> counting(Settings.CONNECTIONS_MAX + 1, 1, Settings.STREAMS_MAX)),
        limit("--batch-size", () -> counting(1, 1, 1), () -> counting(1, 0, 1)),
        limit(
            "--batch-size",
            () -> counting(1, Settings.BATCH_SIZE_MAX, 1),
            () -> counting(1, Settings.BATCH_SIZE_MAX + 1, 1)),
        limit("--streams", () -> counting(1, 1, 1), () -> counting(1, 1, 0)),
        limit(
            "--streams",
            () -> counting(1, 1, Settings.STREAMS_MAX),
            () -> counting(1, 1, Settings.STREAMS_MAX + 1)),
        limit("--streams", () -> counting(3, 1, 3), () -> counting(3, 1, 2)));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void limit_insideAndOutside_isHeldAndNamed(
      String option, ThrowingSupplier<?> inside, ThrowingSupplier<?> outside) {
    assertDoesNotThrow(inside);
    String message = assertThrows(IllegalArgumentException.class, outside::get).getMessage();
    assertTrue(message.contains(option), message);
  }

  @Test
  void words_ofALoad_nameAllThatIsSet() {
    assertEquals(
        "{load=open loop, 20,000/s, calls=batches of 100 over 1 connection,"
            + " keys=20 accounts × 3 apps, zipf 0.99, seed 42,"
            + " shares=80 % allow, 15 % deny, 5 % never seen,"
            + " time=200ms after 0s of warm-up, timeout 5s}",
        Loads.of(Mode.BATCH, new Pace.Open(20_000), 100, 1).words().toString());
  }

  private static Arguments limit(
      String option, ThrowingSupplier<?> inside, ThrowingSupplier<?> outside) {
    return Arguments.of(option, inside, outside);
  }

  private static Asked drawn(int accounts, int apps) {
    return new Asked.Drawn(accounts, apps, ZIPF, SHARES, 1);
  }

  private static Asked fixed(int scopes) {
    return new Asked.Fixed("acme", "ledger-sync", Collections.nCopies(scopes, "invoices.read"));
  }

  private static Settings lasting(int durationMillis, int warmUpMillis, int timeoutMillis) {
    return new Settings(
        Mode.UNARY,
        new Pace.Closed(1),
        new Asked.Fixed("acme", "ledger-sync", List.of("invoices.read")),
        Duration.ofMillis(durationMillis),
        Duration.ofMillis(warmUpMillis),
        Duration.ofMillis(timeoutMillis),
        1,
        1,
        1);
  }

  private static Settings counting(int connections, int batchSize, int streams) {
    return new Settings(
        Mode.STREAM,
        new Pace.Closed(1),
        drawn(1, 1),
        Duration.ofSeconds(1),
        Duration.ZERO,
        Duration.ofSeconds(1),
        connections,
        batchSize,
        streams);
  }
}
