package dev.consentry.server;

import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.rpc.SyntheticChecks;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.local.LocalAddress;
import io.grpc.netty.shaded.io.netty.channel.local.LocalChannel;
import io.grpc.netty.shaded.io.netty.channel.local.LocalIoHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server does before it serves, so that its first callers do not wait for what is slow
 * only once. A gRPC stack like the public one answers checks, beside whatever else the start does;
 * at its end the grants that changed last are loaded into the table. That end is bounded; whatever
 * goes wrong, the start goes on.
 */
/*
 * The checks are asked about a made-up world, in a table of their own: they find every kind of answer in an empty store
 * too, are counted nowhere, push nothing out of the real table, and could not write if they tried, as no service that
 * writes is there. The stack listens inside the process, where nobody else can connect.
 */
final class WarmUp implements AutoCloseable {
  /** How far back recent changes go: more would not be loaded in time. */
  static final int CHANGES_MAX = 1_000;

  /** Loaded in one statement. */
  static final int GRANTS_PER_LOAD = 100;

  /** After so many checks nothing is slow for being new. */
  static final int CHECKS_ENOUGH = 4_000;

  /** The name of the thread that checks. */
  static final String THREAD = "warm-up";

  private static final long TABLE_BYTES = 1 << 20;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  private static final Logger logger = LoggerFactory.getLogger(WarmUp.class);

  private final Duration atMost;
  private final AtomicInteger grants = new AtomicInteger();
  private final AtomicInteger checks = new AtomicInteger();
  private final CompletableFuture<Void> enoughChecks = new CompletableFuture<>();
  private final List<CompletableFuture<Void>> also = new ArrayList<>();
  private volatile boolean over;

  private WarmUp(Duration atMost) {
    this.atMost = atMost;
  }

  /**
   * Begins to check.
   *
   * @param atMost how long {@link #finish} may take; zero: nothing is warmed at all
   */
  static WarmUp begin(Duration atMost) {
    var warmUp = new WarmUp(atMost);
    if (!atMost.isZero()) {
      Thread.ofPlatform().name(THREAD).daemon().start(warmUp::check);
    }
    return warmUp;
  }

  /** Begins to load something else that the first callers would wait for, beside the checks. */
  void also(Runnable load) {
    if (!atMost.isZero()) {
      also.add(
          CompletableFuture.runAsync(
              load, task -> Thread.ofPlatform().name("warm-up-also").daemon().start(task)));
    }
  }

  /**
   * Loads the grants, and returns when that and the checks are done, or the time is over.
   *
   * @param table gets the grants, by its own rules for what it keeps
   */
  void finish(RecentGrants recentGrants, GrantTable table, Executor virtualThreads) {
    if (atMost.isZero()) {
      return;
    }
    long start = System.nanoTime();
    also.add(CompletableFuture.runAsync(() -> loadRecent(recentGrants, table), virtualThreads));
    also.add(enoughChecks);
    try {
      CompletableFuture.allOf(also.toArray(CompletableFuture[]::new))
          .get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      logger.atDebug().log("the warm-up's time was over before it was done");
    } catch (ExecutionException e) {
      logger.atWarn().setCause(e.getCause()).log("warm-up failed: the first calls may be slow");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    over = true;
    logger
        .atInfo()
        .addKeyValue("grants", grants)
        .addKeyValue("checks", checks)
        .addKeyValue("milliseconds", Duration.ofNanos(System.nanoTime() - start).toMillis())
        .log("warmed up");
  }

  private void loadRecent(RecentGrants recentGrants, GrantTable table) {
    List<GrantKey> recent = recentGrants.recent(CHANGES_MAX);
    for (int i = 0; i < recent.size() && !over; i += GRANTS_PER_LOAD) {
      List<GrantKey> next = recent.subList(i, Math.min(i + GRANTS_PER_LOAD, recent.size()));
      table.load(next).join();
      grants.addAndGet(next.size());
    }
  }

  private void check() {
    try (var parts = new ClosingStack()) {
      var address = new LocalAddress(WarmUp.class);
      EventLoopGroup clientLoops =
          new MultiThreadIoEventLoopGroup(
              1, new DefaultThreadFactory("warm-up-client", true), LocalIoHandler.newFactory());
      // Ended last: the server's end still tells the client's when it closes.
      parts.add(() -> GrpcPort.end(clientLoops));
      GrpcPort port = GrpcPort.openWithin(address, List.of(decisions()));
      parts.add(() -> port.close(CLOSE_TIMEOUT));
      ManagedChannel channel = connect(address, clientLoops);
      parts.add(channel::shutdownNow);
      new SyntheticChecks(channel, checks).askWhile(this::isCheckWanted);
      enoughChecks.complete(null);
      // Whatever goes wrong here, the server can do without.
    } catch (Throwable e) {
      enoughChecks.completeExceptionally(e);
    }
  }

  /** How many have been asked by now. */
  int checks() {
    return checks.get();
  }

  private boolean isCheckWanted() {
    return !over && checks.get() < CHECKS_ENOUGH;
  }

  private static ServerServiceDefinition decisions() {
    var freshness =
        new Freshness(
            System::nanoTime, new ForwardClock(InstantSource.system()), Duration.ofMinutes(1));
    var madeUp =
        GrantTable.embedded(
            new MadeUpGrants(), freshness, TABLE_BYTES, 0, Thread::startVirtualThread);
    return ConsentryServices.decisionsOf(madeUp, Thread::startVirtualThread, new Counters());
  }

  /** Ends the checks, for a start that ends early. */
  @Override
  public void close() {
    over = true;
  }

  private static ManagedChannel connect(LocalAddress address, EventLoopGroup eventLoops) {
    return NettyChannelBuilder.forAddress(address, InsecureChannelCredentials.create())
        .channelType(LocalChannel.class)
        .eventLoopGroup(eventLoops)
        .directExecutor()
        .build();
  }
}
