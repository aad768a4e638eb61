package dev.consentry.server.table;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.rpc.Counters;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.GroupCommitter;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.PutAppRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A whole server over HTTP/2 on loopback, its table's state or its source replaced by a test's. */
final class RealServer implements AutoCloseable {
  private static final int HASH_SEED = 7;

  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConsentStore store = ConsentStore.openMemory();
  private final TableKey.Maker keys = new TableKey.Maker(HASH_SEED);
  private final TableState state;
  private final GroupCommitter writer;
  private final Server server;
  private final ManagedChannel channel;

  RealServer(StateMaker maker, UnaryOperator<GrantSource> wrapping, long tableBytes)
      throws IOException {
    var clock = new ForwardClock(InstantSource.system());
    var freshness = new Freshness(System::nanoTime, clock, Duration.ofSeconds(2));
    GrantSource source = wrapping.apply(store.source());
    var loads = new Loads(source, freshness, virtualThreads);
    state =
        maker.make(store.source().position(), Shares.ofBytes(tableBytes), freshness, keys, loads);
    var table = new GrantTable(keys, freshness, loads, _ -> state);
    writer = store.writer(clock, table, failure -> {});
    var services =
        new ConsentryServices(
            table,
            writer,
            store.reads(clock),
            () -> Actor.LOCAL,
            virtualThreads,
            new Counters(),
            "test");
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .addServices(services.definitions())
            .build()
            .start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  ManagedChannel channel() {
    return channel;
  }

  /** Registers an app of one required scope. */
  void putApp(String app, String required, String... optional) {
    var message =
        App.newBuilder()
            .setAppId(app)
            .setDisplayName(app)
            .addRequiredScopes(AppScope.newBuilder().setName(required));
    List.of(optional)
        .forEach(scope -> message.addOptionalScopes(AppScope.newBuilder().setName(scope)));
    var _ =
        AppServiceGrpc.newBlockingStub(channel)
            .putApp(PutAppRequest.newBuilder().setApp(message).build());
  }

  /** Forgets a key, as an eviction would. */
  void evict(String account, String app) {
    state.shares().evict(keys.of(new GrantKey(new AccountId(account), new AppId(app))));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    try {
      var _ = server.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writer.close();
    virtualThreads.close();
    store.close();
  }
}
