package dev.consentry.server;

import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.DecisionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Two callers who behave: each asks, waits for the answer, and asks again a little later. */
final class SteadyCaller implements AutoCloseable {
  private static final int CALLERS = 2;
  private static final long PAUSE_NANOS = 2_000_000;
  private static final int DEADLINE_SECONDS = 5;

  private final ManagedChannel channel;
  private final CheckRequest question;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final ConcurrentLinkedQueue<Long> latencies = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  private SteadyCaller(InetSocketAddress address, CheckRequest question) {
    this.channel =
        NettyChannelBuilder.forAddress(address.getHostString(), address.getPort())
            .usePlaintext()
            .build();
    this.question = question;
  }

  /** Begins to ask. */
  static SteadyCaller start(InetSocketAddress address, CheckRequest question) {
    var caller = new SteadyCaller(address, question);
    for (int i = 0; i < CALLERS; i++) {
      caller.threads.add(Thread.ofPlatform().daemon().start(caller::ask));
    }
    return caller;
  }

  private void ask() {
    var stub = DecisionServiceGrpc.newBlockingStub(channel);
    while (!over) {
      long start = System.nanoTime();
      try {
        var _ = stub.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS).check(question);
      } catch (StatusRuntimeException e) {
        errors.incrementAndGet();
      }
      latencies.add(System.nanoTime() - start);
      calls.incrementAndGet();
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  long calls() {
    return calls.get();
  }

  long errors() {
    return errors.get();
  }

  /** What 99 of 100 calls took at most, in nanoseconds, for each of some windows of time. */
  List<Long> p99s(int windows, Duration window) {
    var figures = new ArrayList<Long>();
    for (int i = 0; i < windows; i++) {
      latencies.clear();
      LockSupport.parkNanos(window.toNanos());
      long[] sorted = latencies.stream().mapToLong(Long::longValue).sorted().toArray();
      figures.add(sorted.length == 0 ? window.toNanos() : sorted[sorted.length * 99 / 100]);
    }
    return figures;
  }

  @Override
  public void close() {
    over = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    channel.shutdownNow();
  }
}
