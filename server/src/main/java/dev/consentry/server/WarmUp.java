package dev.consentry.server;

import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.rpc.Counters;
import dev.consentry.server.rpc.SyntheticChecks;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.local.LocalAddress;
import io.grpc.netty.shaded.io.netty.channel.local.LocalChannel;
import io.grpc.netty.shaded.io.netty.channel.local.LocalIoHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server does before it serves, so that its first callers do not wait for what is slow
 * only once: the grants that changed last are loaded into the table, and a gRPC stack like the
 * public one answers checks. It ends in time, done or not; whatever goes wrong, the start goes on.
 */
/*
 * The checks are asked about a made-up world, in a table of their own: they find every kind of answer in an empty store
 * too, are counted nowhere, push nothing out of the real table, and could not write if they tried, as no service that
 * writes is there. The stack listens inside the process, where nobody else can connect.
 */
final class WarmUp {
  /** What the changes read back touch: more would not be loaded in time. */
  static final int CHANGES_MAX = 2_000;

  /** Loaded in one statement. */
  static final int GRANTS_PER_LOAD = 100;

  private static final long TABLE_BYTES = 1 << 20;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  private static final Logger logger = LoggerFactory.getLogger(WarmUp.class);

  private final Executor virtualThreads;
  private final BooleanSupplier inTime;

  private WarmUp(Executor virtualThreads, BooleanSupplier inTime) {
    this.virtualThreads = virtualThreads;
    this.inTime = inTime;
  }

  /**
   * Warms up, and returns when that is done or the time is over.
   *
   * @param atMost zero: not at all
   * @param table gets the grants, by its own rules for what it keeps
   */
  static void run(
      Duration atMost, RecentGrants recentGrants, GrantTable table, Executor virtualThreads) {
    if (atMost.isZero()) {
      return;
    }
    long start = System.nanoTime();
    var warmUp = new WarmUp(virtualThreads, () -> System.nanoTime() - start < atMost.toNanos());
    try {
      CompletableFuture.allOf(
              CompletableFuture.runAsync(
                  () -> warmUp.loadRecent(recentGrants, table), virtualThreads),
              CompletableFuture.runAsync(warmUp::check, virtualThreads))
          .get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      logger.atDebug().log("warm-up ended when its time was over");
    } catch (ExecutionException e) {
      logger.atWarn().setCause(e.getCause()).log("warm-up failed: the first calls may be slow");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loadRecent(RecentGrants recentGrants, GrantTable table) {
    List<GrantKey> recent = recentGrants.recent(CHANGES_MAX);
    for (int i = 0; i < recent.size() && inTime.getAsBoolean(); i += GRANTS_PER_LOAD) {
      table.load(recent.subList(i, Math.min(i + GRANTS_PER_LOAD, recent.size()))).join();
    }
  }

  private void check() {
    var clock = new ForwardClock(InstantSource.system());
    var madeUp =
        new GrantTable(
            new MadeUpGrants(),
            new Freshness(System::nanoTime, clock, Duration.ofMinutes(1)),
            TABLE_BYTES,
            0,
            virtualThreads);
    var decisions = ConsentryServices.decisionsOf(madeUp, virtualThreads, new Counters());
    var address = new LocalAddress(WarmUp.class);
    try (var parts = new ClosingStack()) {
      GrpcPort port = GrpcPort.openWithin(address, List.of(decisions));
      parts.add(() -> port.close(CLOSE_TIMEOUT));
      new SyntheticChecks(connect(address, parts)).askWhile(inTime);
    } catch (IOException e) {
      throw new IllegalStateException("cannot listen within the process", e);
    }
  }

  private static ManagedChannel connect(LocalAddress address, ClosingStack parts) {
    EventLoopGroup eventLoops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("warm-up", true), LocalIoHandler.newFactory());
    parts.add(() -> GrpcPort.end(eventLoops));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address, InsecureChannelCredentials.create())
            .channelType(LocalChannel.class)
            .eventLoopGroup(eventLoops)
            .directExecutor()
            .build();
    parts.add(channel::shutdownNow);
    return channel;
  }
}
