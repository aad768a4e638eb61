package dev.consentry.server.history;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.rpc.DecisionLog;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.GroupCommitter;
import dev.consentry.server.table.EvictableTable;
import dev.consentry.server.table.Follower;
import dev.consentry.server.table.Freshness;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/** A server in this process and a channel to it, with parts that a test may slow down or spoil. */
public final class WholeServer implements AutoCloseable {
  public static final String SCOPE = "read";
  public static final Duration MAX_STALENESS = Duration.ofSeconds(2);

  /** How often a replica polls if it hears nothing. */
  public static final Duration POLL_INTERVAL = Duration.ofMillis(250);

  private final ForwardClock clock = new ForwardClock(InstantSource.system());
  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConsentStore store;
  private final EvictableTable table;
  private final List<AutoCloseable> following = new ArrayList<>();
  private final GroupCommitter writer;
  private final Server server;
  private final ManagedChannel channel;

  /**
   * A server with a store in memory.
   *
   * @param source wraps what the table loads from
   */
  WholeServer(EvictableTable.Variant variant, UnaryOperator<GrantSource> source) {
    store = ConsentStore.openMemory();
    table = new EvictableTable(variant, source.apply(store.source()), freshness(), virtualThreads);
    writer = store.writer(clock, table.table(), _ -> {});
    server = serve();
    channel = channel();
  }

  /** One of several servers on one store. */
  public WholeServer(ConsentStore store, Replica as) {
    this.store = store;
    table =
        EvictableTable.ofReplica(
            as.variant(), as.source().apply(store.source()), freshness(), virtualThreads);
    Follower follower =
        table.follow(as.log().apply(store.log()), as.following(), as.pollInterval());
    following.add(follower);
    if (as.listens()) {
      following.add(store.listen(follower::hear));
    }
    writer = store.writer(clock, follower, _ -> {});
    server = serve();
    channel = channel();
  }

  /**
   * What a replica is made of.
   *
   * @param source wraps what the table loads from
   * @param log wraps what it follows
   * @param listens whether it hears of commits, or only polls
   */
  public record Replica(
      EvictableTable.Variant variant,
      EvictableTable.Following following,
      UnaryOperator<GrantSource> source,
      UnaryOperator<ChangeLog> log,
      boolean listens,
      Duration pollInterval) {
    public static final Replica PROTOCOL =
        new Replica(
            EvictableTable.Variant.PROTOCOL,
            EvictableTable.Following.PROTOCOL,
            UnaryOperator.identity(),
            UnaryOperator.identity(),
            true,
            POLL_INTERVAL);

    public Replica with(EvictableTable.Variant other) {
      return new Replica(other, following, source, log, listens, pollInterval);
    }

    public Replica with(EvictableTable.Following other) {
      return new Replica(variant, other, source, log, listens, pollInterval);
    }

    public Replica withSource(UnaryOperator<GrantSource> wrapper) {
      return new Replica(variant, following, wrapper, log, listens, pollInterval);
    }

    public Replica withLog(UnaryOperator<ChangeLog> wrapper) {
      return new Replica(variant, following, source, wrapper, listens, pollInterval);
    }

    public Replica pollingOnly(Duration every) {
      return new Replica(variant, following, source, log, false, every);
    }
  }

  private Freshness freshness() {
    return new Freshness(System::nanoTime, clock, MAX_STALENESS);
  }

  private ConsentryServices services() {
    return new ConsentryServices(
        table.table(),
        writer,
        store.reads(clock),
        null,
        InstantSource.system(),
        virtualThreads,
        new Counters(),
        DecisionLog.OFF,
        "test");
  }

  private Server serve() {
    try {
      return InProcessServerBuilder.forName(InProcessServerBuilder.generateName())
          .directExecutor()
          .addServices(services().definitions())
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Serves on loopback as well, for other processes; on which port. */
  public int listen() throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .directExecutor()
        .addServices(services().definitions())
        .build()
        .start()
        .getPort();
  }

  private ManagedChannel channel() {
    return InProcessChannelBuilder.forAddress(server.getListenSockets().getFirst())
        .executor(virtualThreads)
        .build();
  }

  /** Whether it would say of itself that it serves. */
  public boolean isFresh() {
    return table.table().isFresh();
  }

  public EvictableTable table() {
    return table;
  }

  public DecisionServiceGrpc.DecisionServiceBlockingStub decisions() {
    return DecisionServiceGrpc.newBlockingStub(channel);
  }

  public DecisionServiceGrpc.DecisionServiceFutureStub decisionsLater() {
    return DecisionServiceGrpc.newFutureStub(channel);
  }

  public GrantServiceGrpc.GrantServiceBlockingStub grants() {
    return GrantServiceGrpc.newBlockingStub(channel);
  }

  public GrantServiceGrpc.GrantServiceFutureStub grantsLater() {
    return GrantServiceGrpc.newFutureStub(channel);
  }

  public AppServiceGrpc.AppServiceBlockingStub apps() {
    return AppServiceGrpc.newBlockingStub(channel);
  }

  public HistoryServiceGrpc.HistoryServiceBlockingStub history() {
    return HistoryServiceGrpc.newBlockingStub(channel);
  }

  /** Registers an app; the revision. */
  public String putApp(AppId app) {
    var message =
        App.newBuilder()
            .setAppId(app.value())
            .setDisplayName(app.value())
            .addRequiredScopes(AppScope.newBuilder().setName(SCOPE));
    return apps().putApp(PutAppRequest.newBuilder().setApp(message).build()).getRevision();
  }

  public GrantResponse grant(GrantKey key) {
    return grants()
        .grant(
            GrantRequest.newBuilder()
                .setAccountId(key.account().value())
                .setAppId(key.app().value())
                .setManifestVersion(1)
                .build());
  }

  public RevokeResponse revoke(GrantKey key) {
    return grants()
        .revoke(
            RevokeRequest.newBuilder()
                .setAccountId(key.account().value())
                .setAppId(key.app().value())
                .build());
  }

  /** Whether it allows this now; an exception if it cannot tell. */
  public boolean allows(GrantKey key) {
    return allows(checkOf(key));
  }

  /** As above, by knowledge at least as fresh as this token's. */
  public boolean allows(GrantKey key, String token) {
    return allows(
        checkOf(key).toBuilder()
            .setConsistency(Consistency.newBuilder().setAtLeastAsFresh(token))
            .build());
  }

  private boolean allows(CheckRequest request) {
    return decisions().check(request).getDecision() == Decision.DECISION_ALLOW;
  }

  public static CheckRequest checkOf(GrantKey key) {
    return CheckRequest.newBuilder()
        .setAccountId(key.account().value())
        .setAppId(key.app().value())
        .addScopes(SCOPE)
        .build();
  }

  public static GrantKey key(String account, String app) {
    return new GrantKey(new AccountId(account), new AppId(app));
  }

  private static void close(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  public static long numberOf(String token) {
    return Revision.parse(token).number();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    writer.close();
    following.reversed().forEach(WholeServer::close);
    virtualThreads.close();
    store.close();
  }
}
