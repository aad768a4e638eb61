package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.TestServer.checkOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Three times what a store can do, whether it is answered or not, over real sockets. What the store
 * can do is given by time, so that a slow machine does not change it.
 */
final class OverloadTest {
  private static final Duration TIME =
      Duration.ofSeconds(Boolean.getBoolean("consentry.long") ? 30 : 10);

  private static final Duration WARM_UP = Duration.ofSeconds(1);
  private static final int READS_AT_ONCE = 4;
  private static final Duration READ = Duration.ofMillis(20);

  /** What the store does at best. */
  private static final long READS_PER_SECOND =
      READS_AT_ONCE * TimeUnit.SECONDS.toMillis(1) / READ.toMillis();

  /** Of a call that is answered it is much more than the line before the store takes. */
  private static final int DEADLINE_SECONDS = 5;

  private static final GetGrantRequest QUESTION =
      GetGrantRequest.newBuilder().setAccountId("acme").setAppId("crm").build();

  @Test
  void reads_threeTimesWhatTheStoreCan_areAnsweredAsFarAsItCan() throws InterruptedException {
    try (var server = TestServer.startOverHttp2(slowReads())) {
      server.putApp("crm", List.of("read"), List.of());
      server.grant("acme", "crm");
      var _ = peak(server, WARM_UP);
      double peak = peak(server, Duration.ofSeconds(2));
      var overload = new Outcomes();
      long sent = askOpenLoop(server, overload, TIME, 3 * READS_PER_SECOND);
      double goodput = overload.answered.get() / (double) TIME.toSeconds();
      Await.until("no call hangs", () -> overload.ended() == sent);
      System.out.printf(
          "overload: peak %.0f/s, goodput %.0f/s (%.0f %%), refused %d of %d, half of them within"
              + " %.1f ms%n",
          peak,
          goodput,
          100 * goodput / peak,
          overload.refused.get(),
          sent,
          overload.medianRefusalMillis());
      assertEquals(0, overload.other.size(), () -> "others: " + overload.other.peek());
      assertTrue(goodput >= 0.8 * peak, "goodput " + goodput + " of " + peak);
      assertTrue(overload.refused.get() >= sent / 3);
      assertTrue(overload.medianRefusalMillis() < 200, "refusals come quickly");
      assertBackToNormal(server);
    }
  }

  /** Within five seconds it answers at once, and all. */
  private static void assertBackToNormal(TestServer server) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    long tookNanos;
    do {
      long start = System.nanoTime();
      var _ = server.grants().getGrant(QUESTION);
      tookNanos = System.nanoTime() - start;
      assertTrue(start - end < 0, "it still takes " + tookNanos / 1_000_000 + " ms");
    } while (tookNanos > READ.multipliedBy(10).toNanos());
    var after = new Outcomes();
    long sent = askOpenLoop(server, after, Duration.ofSeconds(1), READS_PER_SECOND / 2);
    Await.until("all ended", () -> after.ended() == sent);
    assertEquals(sent, after.answered.get());
  }

  /** Decisions that memory can make pass while all places before the store are taken. */
  @Test
  void checks_inMemoryWhileTheStoreIsShed_areAnswered() throws InterruptedException {
    var table = new GatedTable();
    try (var server = TestServer.startOverHttp2(TestServer.Wrapping.ofTable(table::wrapping))) {
      server.putApp("crm", List.of("read"), List.of());
      server.grant("acme", "crm");
      var _ = server.check("acme", "crm", "read");
      table.shut();
      var stub = DecisionServiceGrpc.newFutureStub(server.channel());
      var outcomes = new Outcomes();
      int sent = StoreDoors.LOADS_PER_CALLER_MAX + 100;
      for (int i = 0; i < sent; i++) {
        outcomes.add(stub.check(checkOf("acme", GatedTable.COLD_APP, "read")));
      }
      Await.until("what is too much", () -> outcomes.refused.get() > 0);
      assertEquals(Decision.DECISION_ALLOW, server.check("acme", "crm", "read").getDecision());
      table.open();
      Await.until("all ended", () -> outcomes.ended() == sent);
    }
  }

  private static double peak(TestServer server, Duration time) throws InterruptedException {
    var atOnce = new Semaphore(2 * READS_AT_ONCE);
    var outcomes = new Outcomes();
    var stub = GrantServiceGrpc.newFutureStub(server.channel());
    long start = System.nanoTime();
    long end = start + time.toNanos();
    long sent = 0;
    while (System.nanoTime() - end < 0) {
      atOnce.acquire();
      var reply = stub.getGrant(QUESTION);
      reply.addListener(atOnce::release, MoreExecutors.directExecutor());
      outcomes.add(reply);
      sent++;
    }
    long all = sent;
    Await.until("all ended", () -> outcomes.ended() == all);
    return outcomes.answered.get() * 1e9 / (System.nanoTime() - start);
  }

  private static long askOpenLoop(
      TestServer server, Outcomes outcomes, Duration time, long perSecond) {
    var stub = GrantServiceGrpc.newFutureStub(server.channel());
    long start = System.nanoTime();
    long sent = 0;
    long passed;
    while ((passed = System.nanoTime() - start) < time.toNanos()) {
      long due = passed * perSecond / TimeUnit.SECONDS.toNanos(1);
      for (; sent < due; sent++) {
        outcomes.add(stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS).getGrant(QUESTION));
      }
      LockSupport.parkNanos(1_000_000);
    }
    return sent;
  }

  /** What became of calls. */
  private static final class Outcomes {
    final AtomicLong answered = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final ConcurrentLinkedQueue<Throwable> other = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> refusalNanos = new ConcurrentLinkedQueue<>();

    <T> void add(ListenableFuture<T> reply) {
      long start = System.nanoTime();
      Futures.addCallback(
          reply,
          new FutureCallback<T>() {
            @Override
            public void onSuccess(T message) {
              answered.incrementAndGet();
            }

            @Override
            public void onFailure(Throwable thrown) {
              long took = System.nanoTime() - start;
              if (isOverloaded(thrown)) {
                refusalNanos.add(took);
                refused.incrementAndGet();
              } else {
                other.add(thrown);
              }
            }
          },
          MoreExecutors.directExecutor());
    }

    private static boolean isOverloaded(Throwable thrown) {
      Failure failure = Failure.of(thrown);
      return failure.reason() == ErrorReason.ERROR_REASON_OVERLOADED
          && failure.code() == Status.Code.RESOURCE_EXHAUSTED
          && failure.retryAfter() != null;
    }

    long ended() {
      return answered.get() + refused.get() + other.size();
    }

    double medianRefusalMillis() {
      long[] sorted = refusalNanos.stream().mapToLong(Long::longValue).sorted().toArray();
      return sorted.length == 0 ? 0 : sorted[sorted.length / 2] / 1e6;
    }
  }

  private static TestServer.Wrapping slowReads() {
    var wrapping = TestServer.Wrapping.NONE;
    return new TestServer.Wrapping(wrapping.table(), wrapping.store(), SlowReads::new);
  }

  /** Reads a few at once, each for as long as every other. */
  private static final class SlowReads implements ConsentReads {
    private final ConsentReads reads;
    private final Semaphore atOnce = new Semaphore(READS_AT_ONCE, true);
    private @Nullable At<AppAndGrant> read;

    SlowReads(ConsentReads reads) {
      this.reads = reads;
    }

    @Override
    public At<AppAndGrant> appAndGrant(GrantKey key) {
      atOnce.acquireUninterruptibly();
      try {
        long end = System.nanoTime() + READ.toNanos();
        while (System.nanoTime() - end < 0) {
          LockSupport.parkNanos(end - System.nanoTime());
        }
        return answer(key);
      } finally {
        atOnce.release();
      }
    }

    /** Read once: after that it takes no more than its time, whatever the machine does. */
    private synchronized At<AppAndGrant> answer(GrantKey key) {
      if (read == null) {
        read = reads.appAndGrant(key);
      }
      return read;
    }

    @Override
    public At<Optional<App>> app(AppId id, int version) {
      return reads.app(id, version);
    }

    @Override
    public At<Page<GrantView>> grants(
        GrantFilter filter, PageLimit<GrantView> limit, @Nullable GrantKey after) {
      return reads.grants(filter, limit, after);
    }

    @Override
    public At<Page<GrantKey>> allowed(AllowedFilter filter, int rows, @Nullable GrantKey after) {
      return reads.allowed(filter, rows, after);
    }

    @Override
    public At<Page<App>> apps(Set<AppState> states, PageLimit<App> limit, @Nullable AppId after) {
      return reads.apps(states, limit, after);
    }

    @Override
    public At<Page<Event>> events(
        EventFilter filter, PageLimit<Event> limit, @Nullable Long after) {
      return reads.events(filter, limit, after);
    }

    @Override
    public At<Long> countActiveGrants(AppId id) {
      return reads.countActiveGrants(id);
    }
  }
}
