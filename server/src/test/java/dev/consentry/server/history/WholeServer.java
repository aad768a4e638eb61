package dev.consentry.server.history;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.rpc.Counters;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.GroupCommitter;
import dev.consentry.server.table.EvictableTable;
import dev.consentry.server.table.Freshness;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckRequest;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/** A server and a channel to it, with a store in memory that a test may slow down. */
final class WholeServer implements AutoCloseable {
  static final String SCOPE = "read";
  static final Duration MAX_STALENESS = Duration.ofSeconds(2);

  private final ForwardClock clock = new ForwardClock(InstantSource.system());
  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConsentStore store = ConsentStore.openMemory();
  private final EvictableTable table;
  private final GroupCommitter writer;
  private final Server server;
  private final ManagedChannel channel;

  /**
   * @param source wraps what the table loads from
   */
  WholeServer(EvictableTable.Variant variant, UnaryOperator<GrantSource> source) {
    var freshness = new Freshness(System::nanoTime, clock, MAX_STALENESS);
    table = new EvictableTable(variant, source.apply(store.source()), freshness, virtualThreads);
    writer = store.writer(clock, table.table(), _ -> {});
    var services =
        new ConsentryServices(
            table.table(),
            writer,
            store.reads(clock),
            () -> Actor.LOCAL,
            virtualThreads,
            new Counters(),
            "test");
    String name = InProcessServerBuilder.generateName();
    try {
      server =
          InProcessServerBuilder.forName(name)
              .directExecutor()
              .addServices(services.definitions())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).executor(virtualThreads).build();
  }

  EvictableTable table() {
    return table;
  }

  DecisionServiceGrpc.DecisionServiceBlockingStub decisions() {
    return DecisionServiceGrpc.newBlockingStub(channel);
  }

  DecisionServiceGrpc.DecisionServiceFutureStub decisionsLater() {
    return DecisionServiceGrpc.newFutureStub(channel);
  }

  AppServiceGrpc.AppServiceBlockingStub apps() {
    return AppServiceGrpc.newBlockingStub(channel);
  }

  HistoryServiceGrpc.HistoryServiceBlockingStub history() {
    return HistoryServiceGrpc.newBlockingStub(channel);
  }

  /** Registers an app; the revision. */
  String putApp(AppId app) {
    var message =
        App.newBuilder()
            .setAppId(app.value())
            .setDisplayName(app.value())
            .addRequiredScopes(AppScope.newBuilder().setName(SCOPE));
    return apps().putApp(PutAppRequest.newBuilder().setApp(message).build()).getRevision();
  }

  GrantResponse grant(GrantKey key) {
    return GrantServiceGrpc.newBlockingStub(channel)
        .grant(
            GrantRequest.newBuilder()
                .setAccountId(key.account().value())
                .setAppId(key.app().value())
                .setManifestVersion(1)
                .build());
  }

  RevokeResponse revoke(GrantKey key) {
    return GrantServiceGrpc.newBlockingStub(channel)
        .revoke(
            RevokeRequest.newBuilder()
                .setAccountId(key.account().value())
                .setAppId(key.app().value())
                .build());
  }

  static CheckRequest checkOf(GrantKey key) {
    return CheckRequest.newBuilder()
        .setAccountId(key.account().value())
        .setAppId(key.app().value())
        .addScopes(SCOPE)
        .build();
  }

  static GrantKey key(String account, String app) {
    return new GrantKey(new AccountId(account), new AppId(app));
  }

  static long numberOf(String token) {
    return Revision.parse(token).number();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    writer.close();
    virtualThreads.close();
    store.close();
  }
}
