package dev.consentry.server.replica;

import static dev.consentry.server.replica.Replicas.isAnswered;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.FaultProxy;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.store.PostgresMutants;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * A network between a server and its database that swallows everything and tells nobody, as a
 * half-open connection does.
 */
final class SilentNetworkTest {
  private static final GrantKey WARM = Replicas.key("warm");
  private static final int CALLERS = 8;
  private static final Duration SILENCE = Duration.ofSeconds(Replicas.rounds(5, 30));

  /** Those that are begun later may end later than the silence. */
  private static final Duration WRITTEN_FOR = SILENCE.dividedBy(2);

  /** Well within the bound: so long memory has to be told. */
  private static final Duration TOLD_FOR = WholeServer.MAX_STALENESS.dividedBy(2);

  private static final Duration CHECK_TIME_MAX = Duration.ofSeconds(3);

  /** It waits two seconds for a connection, and then three for a reply. */
  private static final Duration WRITE_TIME_MAX = Duration.ofSeconds(6);

  private static final Duration RECOVERY_WANTED = Duration.ofSeconds(2);
  private static final Duration RECOVERY_MAX = RECOVERY_WANTED.multipliedBy(5);
  private static final Duration WITHOUT_RECOVERY = RECOVERY_WANTED.plusSeconds(1);

  /** A poll that comes so soon after another finds its connection unexamined. */
  private static final Duration SHORT_POLL_INTERVAL = Duration.ofMillis(20);

  @Test
  void check_whileTheNetworkIsSilent_isUnavailableOnceMemoryIsTooOld() throws Exception {
    try (var healed = new FaultProxy(PostgresServer.shared().port());
        var broken = new FaultProxy(PostgresServer.shared().port());
        var replicas = Replicas.start(Replica.PROTOCOL);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      replicas.get(0).grant(WARM);
      WholeServer first = replicas.add(through(healed, replicas), Replica.PROTOCOL);
      WholeServer second = replicas.add(through(broken, replicas), Replica.PROTOCOL);
      assertTrue(first.allows(WARM) && second.allows(WARM));
      Map<String, Long> baseline = platformThreads();
      var both =
          threads.invokeAll(
              List.<Callable<Void>>of(
                  () -> assertSafeAndBackSoon(first, "healed", healed, _ -> {}),
                  () -> assertSafeAndBackSoon(second, "broken", broken, FaultProxy::breakSilent)));
      for (var each : both) {
        each.get();
      }
      Replicas.until(
          () ->
              platformThreads().entrySet().stream()
                  .allMatch(now -> now.getValue() <= baseline.getOrDefault(now.getKey(), 0L)),
          "no more threads than before");
    }
  }

  /** Falls silent under callers, and heals in this way. */
  private static Void assertSafeAndBackSoon(
      WholeServer server, String name, FaultProxy network, Consumer<FaultProxy> healing)
      throws Exception {
    // What is acknowledged was read from the log: memory is as fresh as this.
    long fresh = System.nanoTime();
    server.grant(Replicas.key(name));
    network.fallSilent();
    long silent = System.nanoTime();
    var checks = new LongAccumulator(Math::max, 0);
    var writes = new LongAccumulator(Math::max, 0);
    var made = new AtomicInteger();
    Supplier<GrantKey> another = () -> Replicas.key(name + made.incrementAndGet());
    var callers = new ArrayList<Callable<Void>>();
    callers.add(() ->
        during(
            silent,
            WRITTEN_FOR,
            writes,
            () -> assertFalse(isAnswered(() -> server.grant(another.get())))));
    for (int i = 0; i < CALLERS; i++) {
      boolean warm = i % 2 == 0;
      callers.add(() ->
          during(
              silent,
              SILENCE,
              checks,
              () -> {
                long begun = System.nanoTime();
                GrantKey key = warm ? WARM : another.get();
                boolean answered = isAnswered(() -> assertEquals(warm, server.allows(key)));
                if (begun - silent > WholeServer.MAX_STALENESS.toNanos()) {
                  assertFalse(answered, "nobody knows");
                } else if (warm && begun - fresh < TOLD_FOR.toNanos()) {
                  assertTrue(answered, "memory is fresh enough");
                }
              }));
    }
    try (var threads = Executors.newFixedThreadPool(callers.size())) {
      for (var caller : threads.invokeAll(callers)) {
        caller.get();
      }
    }
    assertWithin(CHECK_TIME_MAX, Duration.ofNanos(checks.get()), name + ": longest check");
    assertWithin(WRITE_TIME_MAX, Duration.ofNanos(writes.get()), name + ": longest write");
    assertFalse(server.isFresh());
    network.heal();
    healing.accept(network);
    Duration recovery =
        Replicas.timeUntil(
            () ->
                server.isFresh()
                    && isAnswered(() -> server.allows(another.get()))
                    && isAnswered(() -> server.grant(another.get())),
            "it is back");
    assertWithin(RECOVERY_MAX, recovery, name + ": serves, loads and writes after");
    return null;
  }

  /** Calls again and again while the network is silent. */
  private static Void during(long silent, Duration time, LongAccumulator longest, Runnable call) {
    for (long now = System.nanoTime(); now - silent < time.toNanos(); now = System.nanoTime()) {
      call.run();
      longest.accumulate(System.nanoTime() - now);
      Replicas.pause(Duration.ofMillis(1));
    }
    return null;
  }

  private static void assertWithin(Duration max, Duration took, String what) {
    String line = "%s %d ms".formatted(what, took.toMillis());
    System.out.println(line);
    assertTrue(took.compareTo(max) <= 0, line);
  }

  @Test
  void follow_onAMutantWithoutASocketTimeout_isSeenNotToComeBack() {
    try (var network = new FaultProxy(PostgresServer.shared().port());
        var replicas = Replicas.start(Replica.PROTOCOL)) {
      WholeServer server =
          replicas.add(
              PostgresMutants.withoutSocketTimeout(through(network, replicas)),
              Replica.PROTOCOL.pollingOnly(SHORT_POLL_INTERVAL));
      assertFalse(recovers(server, network));
    }
  }

  /** Whether it finds a network again that was silent until memory was too old. */
  private static boolean recovers(WholeServer server, FaultProxy network) {
    // Acknowledged by a poll: the next finds the same connection.
    server.grant(WARM);
    network.fallSilent();
    Replicas.until(() -> !server.isFresh(), "memory is too old");
    network.heal();
    long healed = System.nanoTime();
    while (!server.isFresh() && System.nanoTime() - healed < WITHOUT_RECOVERY.toNanos()) {
      Replicas.pause(SHORT_POLL_INTERVAL);
    }
    boolean recovered = server.isFresh();
    // Nothing else would ever end what waits for a reply.
    network.breakSilent();
    return recovered;
  }

  private static String through(FaultProxy network, Replicas replicas) {
    return PostgresServer.through(network.port(), replicas.url);
  }

  /** How many there are of each kind, without those that the JVM makes and ends as it likes. */
  private static Map<String, Long> platformThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(thread -> thread.getName().replaceAll("[0-9]+", "#"))
        .filter(name -> !name.startsWith("ForkJoinPool") && !name.startsWith("VirtualThread"))
        .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
  }
}
