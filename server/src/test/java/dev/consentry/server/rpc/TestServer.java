package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import com.google.common.util.concurrent.Futures;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.security.AppTokens;
import dev.consentry.server.security.Authentication;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.GroupCommitter;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import dev.consentry.v1.SuspendAppRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.util.MutableHandlerRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A whole server in this process: the store in memory, the table, the services, and a channel to
 * them. Its wall clock stands still until it is moved.
 */
public final class TestServer implements AutoCloseable {
  public static final String VERSION = "1.2.3-test";

  /** What the clock shows at first. */
  public static final Instant START = Instant.parse("2026-11-01T12:00:00Z");

  private static final long TABLE_BYTES = 1 << 20;

  /** The writer's queue has room for all of them. */
  private static final int GRANTS_AT_ONCE = 500;

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConsentStore store;
  private final GroupCommitter writer;
  private final Counters counters = new Counters();
  private final DecisionPoint table;
  private final DecisionLog log;
  private final ConsentryServices services;
  private final MutableHandlerRegistry later = new MutableHandlerRegistry();
  private final Server server;
  private final ManagedChannel channel;

  private TestServer(
      Wrapping wrapping, @Nullable Authentication authentication, boolean overHttp2) {
    this(ConsentStore.openMemory(), wrapping, authentication, overHttp2, DecisionLog.OFF);
  }

  private TestServer(
      ConsentStore store,
      Wrapping wrapping,
      @Nullable Authentication authentication,
      boolean overHttp2,
      DecisionLog log) {
    this.store = store;
    var clock = new ForwardClock(now::get);
    var freshness = new Freshness(System::nanoTime, clock, Duration.ofSeconds(2));
    var grants = GrantTable.embedded(store.source(), freshness, TABLE_BYTES, 42, virtualThreads);
    writer = store.writer(clock, grants, _ -> {});
    table = wrapping.table().apply(grants);
    this.log = log;
    services =
        new ConsentryServices(
            table,
            wrapping.store().apply(writer),
            wrapping.reads().apply(store.reads(clock)),
            authentication,
            now::get,
            virtualThreads,
            counters,
            log,
            VERSION);
    var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    String name = InProcessServerBuilder.generateName();
    server =
        start(
            overHttp2
                ? NettyServerBuilder.forAddress(loopback)
                : InProcessServerBuilder.forName(name),
            services,
            later);
    channel =
        overHttp2
            ? NettyChannelBuilder.forAddress(loopback.getHostString(), server.getPort())
                .usePlaintext()
                .build()
            : InProcessChannelBuilder.forName(name).build();
  }

  private static Server start(
      ServerBuilder<?> builder, ConsentryServices services, MutableHandlerRegistry later) {
    try {
      return builder
          .directExecutor()
          .addServices(services.definitions())
          .fallbackHandlerRegistry(later)
          .addTransportFilter(services.connections())
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What tests put between the services and their ports. */
  record Wrapping(
      UnaryOperator<DecisionPoint> table,
      UnaryOperator<GrantStore> store,
      UnaryOperator<ConsentReads> reads) {
    static final Wrapping NONE =
        new Wrapping(UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity());

    static Wrapping ofTable(UnaryOperator<DecisionPoint> table) {
      return new Wrapping(table, NONE.store, NONE.reads);
    }

    static Wrapping ofStore(UnaryOperator<GrantStore> store) {
      return new Wrapping(NONE.table, store, NONE.reads);
    }
  }

  /** A server with nothing in its store. */
  public static TestServer start() {
    return new TestServer(Wrapping.NONE, null, false);
  }

  /** The same over HTTP/2 on loopback, with the limits that gRPC has by default. */
  static TestServer startOverHttp2() {
    return new TestServer(Wrapping.NONE, null, true);
  }

  static TestServer startOverHttp2(Wrapping wrapping) {
    return new TestServer(wrapping, null, true);
  }

  static TestServer start(Wrapping wrapping) {
    return new TestServer(wrapping, null, false);
  }

  /** A server that asks its callers who they are. */
  public static TestServer startAsking(Authentication authentication) {
    return startAsking(authentication, Wrapping.NONE);
  }

  /** The same with something between. */
  static TestServer startAsking(Authentication authentication, Wrapping wrapping) {
    return new TestServer(wrapping, authentication, false);
  }

  static TestServer start(Wrapping wrapping, DecisionLog log) {
    return new TestServer(ConsentStore.openMemory(), wrapping, null, false, log);
  }

  /** A server on that store, which is empty; it is closed with the server. */
  static TestServer startOverHttp2(ConsentStore store, Wrapping wrapping, DecisionLog log) {
    return new TestServer(store, wrapping, null, true, log);
  }

  /** Moves the wall clock. */
  public void advance(Duration time) {
    now.updateAndGet(before -> before.plus(time));
  }

  /** Ends the history of all that happened before the time that the clock shows. */
  void endHistory() {
    assertTrue(store.retention().prune(now.get()) > 0);
  }

  /** Opens doors before what this server knows. Envoy may ask at them from now on. */
  public Doors open(Supplier<Gateway> gateway, Map<String, AppTokens<Subject>> tokens) {
    var doors = new Doors(
            gateway,
            tokens,
            table,
            caller -> services.tableFor(() -> caller),
            now::get,
            counters,
            new DoorCounters(List.of()),
            log);
    later.addService(services.extAuthz(doors));
    return doors;
  }

  public Counters counters() {
    return counters;
  }

  /** To be served on another port as well. */
  public List<ServerServiceDefinition> definitions() {
    return services.definitions();
  }

  public void drain() {
    services.drain();
  }

  boolean serves(String fullMethodName) {
    return server.getServices().stream().anyMatch(s -> s.getMethod(fullMethodName) != null);
  }

  public ManagedChannel channel() {
    return channel;
  }

  public DecisionServiceGrpc.DecisionServiceBlockingStub decisions() {
    return DecisionServiceGrpc.newBlockingStub(channel);
  }

  public DecisionServiceGrpc.DecisionServiceStub streams() {
    return DecisionServiceGrpc.newStub(channel);
  }

  public GrantServiceGrpc.GrantServiceBlockingStub grants() {
    return GrantServiceGrpc.newBlockingStub(channel);
  }

  public AppServiceGrpc.AppServiceBlockingStub apps() {
    return AppServiceGrpc.newBlockingStub(channel);
  }

  public HistoryServiceGrpc.HistoryServiceBlockingStub history() {
    return HistoryServiceGrpc.newBlockingStub(channel);
  }

  /** Registers an app by its required and its optional scopes. */
  public App putApp(String app, List<String> required, List<String> optional) {
    return apps()
        .putApp(PutAppRequest.newBuilder().setApp(app(app, required, optional)).build())
        .getApp();
  }

  public static App app(String app, List<String> required, List<String> optional) {
    String name = "The app " + app.substring(0, Math.min(app.length(), 100));
    var message = App.newBuilder().setAppId(app).setDisplayName(name);
    required.forEach(s -> message.addRequiredScopes(AppScope.newBuilder().setName(s)));
    optional.forEach(s -> message.addOptionalScopes(AppScope.newBuilder().setName(s)));
    return message.build();
  }

  /** Grants version 1 of an app, with these of its optional scopes. */
  public GrantResponse grant(String account, String app, String... optional) {
    return grants().grant(grantOf(account, app, optional).build());
  }

  /** Grants version 1 of an app to many accounts, with these of its optional scopes. */
  public void grantAll(List<String> accounts, String app, String... optional) {
    var stub = GrantServiceGrpc.newFutureStub(channel);
    Lists.partition(accounts, GRANTS_AT_ONCE)
        .forEach(some ->
            some.stream()
                .map(account -> stub.grant(grantOf(account, app, optional).build()))
                .toList()
                .forEach(Futures::getUnchecked));
  }

  public static GrantRequest.Builder grantOf(String account, String app, String... optional) {
    return GrantRequest.newBuilder()
        .setAccountId(account)
        .setAppId(app)
        .setManifestVersion(1)
        .addAllOptionalScopes(List.of(optional));
  }

  public RevokeResponse revoke(String account, String app) {
    return grants().revoke(RevokeRequest.newBuilder().setAccountId(account).setAppId(app).build());
  }

  public void suspend(String app) {
    var _ = apps().suspendApp(SuspendAppRequest.newBuilder().setAppId(app).build());
  }

  public CheckResponse check(String account, String app, String... scopes) {
    return decisions().check(checkOf(account, app, scopes));
  }

  public static CheckRequest checkOf(String account, String app, String... scopes) {
    return CheckRequest.newBuilder()
        .setAccountId(account)
        .setAppId(app)
        .addAllScopes(List.of(scopes))
        .build();
  }

  /** In reverse order of the start. */
  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writer.close();
    virtualThreads.close();
    store.close();
  }
}
