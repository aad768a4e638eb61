package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ForwardClockTest {
  private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
  private static final long NOON_MICROS = NOON.getEpochSecond() * 1_000_000;

  private final AtomicReference<Instant> wall = new AtomicReference<>(NOON);
  private final ForwardClock clock = new ForwardClock(wall::get);

  @Test
  void nowMicros_wallGoesOn_isTheWallCutToMicroseconds() {
    assertEquals(NOON_MICROS, clock.nowMicros());
    wall.set(NOON.plusNanos(1_999));
    assertEquals(NOON_MICROS + 1, clock.nowMicros());
    wall.set(NOON.plusSeconds(1));
    assertEquals(NOON_MICROS + 1_000_000, clock.nowMicros());
  }

  @Test
  void nowMicros_wallSetBackAnHour_staysUntilTheWallHasPassedIt() {
    assertEquals(NOON_MICROS, clock.nowMicros());
    wall.set(NOON.minus(Duration.ofHours(1)));
    assertEquals(NOON_MICROS, clock.nowMicros());
    wall.set(NOON.minusNanos(1_000));
    assertEquals(NOON_MICROS, clock.nowMicros());
    wall.set(NOON.plusNanos(1_000));
    assertEquals(NOON_MICROS + 1, clock.nowMicros());
  }

  @Test
  void nowMicros_before1970_roundsDown() {
    wall.set(Instant.EPOCH.minusNanos(1));
    assertEquals(-1, clock.nowMicros());
    wall.set(Instant.EPOCH);
    assertEquals(0, clock.nowMicros());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 42)
  void nowMicros_manyThreadsAndAJumpingWall_neverGoesBack(long seed) throws Exception {
    int threads = 4;
    var latest = new AtomicLong(Long.MIN_VALUE);
    var start = new CyclicBarrier(threads);
    var randoms = new SplittableRandom(seed);
    var done = new ArrayList<Future<Boolean>>();
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (int t = 0; t < threads; t++) {
        var random = randoms.split();
        Callable<Boolean> jumpAndRead =
            () -> {
              start.await();
              boolean forward = true;
              for (int i = 0; i < 50_000; i++) {
                wall.set(NOON.plusNanos(1_000L * (i + random.nextInt(-1_000, 1_000))));
                // What anybody had seen before this call began.
                long seen = latest.get();
                long now = clock.nowMicros();
                forward &= now >= seen;
                latest.accumulateAndGet(now, Math::max);
              }
              return forward;
            };
        done.add(pool.submit(jumpAndRead));
      }
      for (var result : done) {
        assertTrue(result.get(), "a later call gave an earlier time");
      }
    }
    assertTrue(latest.get() > NOON_MICROS);
  }
}
