package dev.consentry.server.replica;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.table.EvictableTable.Variant;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** However many ask, the database is asked once. */
final class SingleFlightTest {
  private static final int CALLERS = 1_000;
  private static final int HOT_KEYS = 100;
  private static final int READERS = 8;

  private final Map<Asked, Integer> queries = new ConcurrentHashMap<>();

  /** What a query asked for, and when. */
  private record Asked(GrantKey key, Revision at) {}

  @Test
  void check_aThousandCallersOnOneColdKey_isOneQuery() throws Exception {
    askAtOnce(Variant.PROTOCOL, 1);
    assertEquals(1, queries.values().stream().mapToInt(times -> times).sum());
  }

  @Test
  void check_onAMutantWithoutSingleFlight_isSeenToAskMore() throws Exception {
    askAtOnce(Variant.NO_SINGLE_FLIGHT, 2);
    assertTrue(queries.values().stream().mapToInt(times -> times).sum() > 1);
  }

  /** No query is answered before everybody has asked, and so many queries are under way. */
  private void askAtOnce(Variant variant, int together) throws Exception {
    var asking = new CountDownLatch(CALLERS);
    var querying = new CountDownLatch(together);
    Runnable everybodyAsks =
        () -> {
          querying.countDown();
          try {
            asking.await();
            querying.await(10, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    try (var replicas =
            Replicas.start(
                Replica.PROTOCOL
                    .with(variant)
                    .withSource(source -> counted(source, everybodyAsks)));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      WholeServer server = replicas.get(0);
      server.grant(Replicas.key("cold"));
      Callable<Boolean> ask =
          () -> {
            asking.countDown();
            return server.allows(Replicas.key("cold"));
          };
      for (var answer :
          threads.invokeAll(IntStream.range(0, CALLERS).mapToObj(_ -> ask).toList())) {
        assertTrue(answer.get());
      }
    }
  }

  @Test
  void check_aHundredHotKeysThatChangeAtOnce_isOneQueryPerKeyAndRevision() throws Exception {
    var keys = IntStream.range(0, HOT_KEYS).mapToObj(i -> Replicas.key("hot-" + i)).toList();
    try (var replicas =
            Replicas.start(
                Replica.PROTOCOL,
                Replica.PROTOCOL.withSource(source -> counted(source, () -> {})));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      WholeServer writer = replicas.get(0);
      WholeServer reader = replicas.get(1);
      keys.forEach(key -> assertTrue(reader.allows(key, writer.grant(key).getRevision())));
      var token = new AtomicReference<>(writer.grant(Replicas.key("other")).getRevision());
      var done = new AtomicBoolean();
      Callable<Void> readAll =
          () -> {
            while (!done.get()) {
              String seen = requireNonNull(token.get());
              keys.forEach(key -> reader.allows(key, seen));
            }
            return null;
          };
      var reading = IntStream.range(0, READERS).mapToObj(_ -> threads.submit(readAll)).toList();
      Function<GrantKey, Callable<Void>> revoke =
          key ->
              () -> {
                token.set(writer.revoke(key).getRevision());
                return null;
              };
      try {
        for (var revoked : threads.invokeAll(keys.stream().map(revoke).toList())) {
          revoked.get();
        }
      } finally {
        done.set(true);
      }
      for (var read : reading) {
        read.get();
      }
      keys.forEach(key -> assertFalse(reader.allows(key, requireNonNull(token.get()))));
    }
    assertEquals(
        Map.of(),
        queries.entrySet().stream()
            .filter(query -> query.getValue() > 1)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  private GrantSource counted(GrantSource source, Runnable beforeTheAnswer) {
    return new GrantSource() {
      @Override
      public Snapshot load(Collection<GrantKey> keys) {
        Snapshot snapshot = source.load(keys);
        keys.forEach(key -> queries.merge(new Asked(key, snapshot.revision()), 1, Integer::sum));
        beforeTheAnswer.run();
        return snapshot;
      }

      @Override
      public Revision position() {
        return source.position();
      }
    };
  }
}
