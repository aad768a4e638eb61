package dev.consentry.server;

import dev.consentry.server.config.DecisionLogChoice;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.config.StoreChoice;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.log.LineFile;
import dev.consentry.server.log.LineSink;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.DoorCounters;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.metrics.Metrics;
import dev.consentry.server.metrics.TimeHistogram;
import dev.consentry.server.rpc.ConsentryServices;
import dev.consentry.server.rpc.DecisionLog;
import dev.consentry.server.rpc.OpenCalls;
import dev.consentry.server.rpc.QueuedDecisionLog;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.GroupCommitter;
import dev.consentry.server.store.PostgresAddress;
import dev.consentry.server.store.StoreException;
import dev.consentry.server.table.GrantTable;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The server, put together: the one place where every part meets the others. Start order is top to
 * bottom, the public port last; the end is the reverse.
 */
final class ConsentryServer {
  /** How long calls under way may go on once no new ones are taken. */
  static final Duration CALLS_TIMEOUT = Duration.ofSeconds(20);

  /** What draining and calls under way may take together. */
  static final Duration STOP_WITHIN = Duration.ofSeconds(24);

  /** Of the services that anybody may call: health and reflection. */
  static final int PUBLIC_CALLS_MAX = 5_000;

  private final ClosingStack parts;
  private final Health health;
  private final ConsentryServices services;
  private final EndlessCalls endlessCalls;
  private final Ports ports;
  private final Metrics metrics;

  private ConsentryServer(
      ClosingStack parts,
      Health health,
      ConsentryServices services,
      EndlessCalls endlessCalls,
      Ports ports,
      Metrics metrics) {
    this.parts = parts;
    this.health = health;
    this.services = services;
    this.endlessCalls = endlessCalls;
    this.ports = ports;
    this.metrics = metrics;
  }

  /**
   * Starts a server. When this returns it serves.
   *
   * @param version what it says of itself
   * @param storeFailed called when the store cannot be trusted to write any longer: the process has
   *     to end
   * @throws CommandFailedException or {@link StoreException} if it cannot start, for a reason that
   *     its user can act on
   */
  static ConsentryServer start(
      ServerConfig config, String version, Consumer<Throwable> storeFailed) {
    var parts = new ClosingStack();
    try {
      return start(config, version, storeFailed, parts);
      // Whatever it was, what has been opened must not stay open.
    } catch (Throwable e) {
      parts.close();
      throw e;
    }
  }

  private static ConsentryServer start(
      ServerConfig config, String version, Consumer<Throwable> storeFailed, ClosingStack parts) {
    WarmUp warmUp = parts.add(WarmUp.begin(config.warmUp()));
    var credentials = Credentials.open(config.access(), parts);
    ConsentStore store = parts.add(open(config));
    if (config.demo()) {
      DemoMode.begin(config, store, storeFailed);
    }
    // After the demo: the keys of its issuer may be those of a door.
    var gateway = OpenGateway.open(config, parts);
    ForwardClock clock = clockSince(store.lastEventTime());
    var virtualThreads = parts.add(new VirtualThreads());
    var revocations = new TimeHistogram();
    Decisions decisions = Decisions.start(config, store, clock, virtualThreads, revocations, parts);
    GrantTable table = decisions.table();
    GroupCommitter writer = parts.add(store.writer(clock, decisions.changes(), storeFailed));
    parts.add(Sweep.ofExpiries(writer));
    parts.add(Sweep.ofHistory(store.retention(), clock, config.historyRetention()));
    var counters = new Counters();
    DecisionLog decisionLog = parts.add(decisionLog(config.decisionLog()));
    var connections = new ConnectionLimit(config.connectionsMax());
    OpenCalls openCalls = parts.add(OpenCalls.start(counters));
    // Asked without a credential, they take no place from those who show one.
    OpenCalls publicCalls =
        parts.add(OpenCalls.start(PUBLIC_CALLS_MAX, OpenCalls.REQUEST_TIME_MAX, counters));
    var services =
        new ConsentryServices(
            table,
            writer,
            store.reads(clock),
            credentials.authentication(),
            InstantSource.system(),
            virtualThreads,
            counters,
            decisionLog,
            version);
    var definitions = new ArrayList<>(services.definitions());
    var doorCounters = new DoorCounters(gateway.gateway().get().doors().keySet());
    var doors =
        new Doors(
            gateway.gateway(),
            gateway.tokens(),
            table,
            caller -> services.tableFor(() -> caller),
            InstantSource.system(),
            counters,
            doorCounters,
            decisionLog);
    if (gateway.has(Door.Kind.EXT_AUTHZ)) {
      definitions.add(services.extAuthz(doors));
    }
    var health = new Health(definitions);
    parts.add(Readiness.start(health, table::isFresh));
    var measured =
        new Measured(
            List.of(
                counters.measures(),
                decisions.measures(),
                services.measures(),
                credentials.measures(),
                gateway.measures(),
                decisionLog.measures(),
                connections.measures(),
                Measured.ofCalls(openCalls, publicCalls),
                Measured.ofServer(config, health, table)),
            doorCounters);
    parts.add(CountersLog.start(measured::logged));
    var metrics =
        new Metrics(
            measured::all,
            Map.of(
                Metric.BUILD_INFO, () -> version,
                Metric.STORE_INFO, () -> table.reached().epoch().value()),
            Map.of(Metric.REVOCATION_VISIBLE, revocations));
    if (config.store() instanceof StoreChoice.File) {
      parts.add(controlSocket(config, store));
    }
    var endlessCalls = new EndlessCalls();
    var served = new ArrayList<ServerServiceDefinition>();
    for (ServerServiceDefinition service : definitions) {
      served.add(ServerInterceptors.intercept(service, openCalls));
    }
    served.add(ServerInterceptors.intercept(health.service(), endlessCalls, publicCalls));
    if (config.access().reflection()) {
      for (ServerServiceDefinition reflection :
          List.of(ProtoReflectionServiceV1.newInstance().bindService(), olderReflection())) {
        served.add(ServerInterceptors.intercept(reflection, endlessCalls, publicCalls));
      }
    }
    var http =
        HttpServices.of(
            gateway, doors, services, metrics, credentials, counters, virtualThreads, health);
    warmUp.finish(store.recentGrants(), table, virtualThreads);
    Ports ports =
        Ports.open(
            config,
            credentials.tls(),
            List.of(services.connections()),
            served,
            connections,
            http.routes());
    if (ports.http() != null) {
      measured.add(Measured.ofHttp(ports.http()));
    }
    return new ConsentryServer(parts, health, services, endlessCalls, ports, metrics);
  }

  /**
   * Not earlier than what the store has seen: a clock set back while nothing ran revives nothing.
   */
  private static ForwardClock clockSince(Instant lastEvent) {
    return new ForwardClock(() -> {
      Instant now = Instant.now();
      return now.isBefore(lastEvent) ? lastEvent : now;
    });
  }

  private static DecisionLog decisionLog(DecisionLogChoice choice) {
    double allowedShare = choice.allowsPercent() / 100.0;
    return switch (choice.destination()) {
      case DecisionLogChoice.Destination.Off _ -> DecisionLog.OFF;
      case DecisionLogChoice.Destination.StandardError _ ->
          QueuedDecisionLog.start(LineSink.STANDARD_ERROR, allowedShare);
      case DecisionLogChoice.Destination.File(var file) -> {
        try {
          yield QueuedDecisionLog.start(LineFile.open(file), allowedShare);
        } catch (IOException e) {
          throw new CommandFailedException(
              "cannot write the decision log to %s: %s".formatted(file, e), e);
        }
      }
    };
  }

  private static ConsentStore open(ServerConfig config) {
    return switch (config.store()) {
      case StoreChoice.File _ -> ConsentStore.openDirectory(config.data());
      case StoreChoice.Memory _ -> ConsentStore.openMemory();
      case StoreChoice.Postgres at ->
          ConsentStore.openPostgres(new PostgresAddress(at.url(), at.password()), config.migrate());
    };
  }

  private static ControlSocket controlSocket(ServerConfig config, ConsentStore store) {
    try {
      return ControlSocket.open(config.data(), store::backup);
    } catch (IOException e) {
      throw new CommandFailedException(
          "cannot open %s in %s: %s".formatted(ControlSocket.FILE, config.data(), e.getMessage()),
          e);
    }
  }

  /** For clients that do not know {@code grpc.reflection.v1} yet, such as Python's. */
  // It is what they speak, deprecated or not.
  @SuppressWarnings("deprecation")
  private static ServerServiceDefinition olderReflection() {
    return ProtoReflectionService.newInstance().bindService();
  }

  /** What it measures of itself. */
  Metrics metrics() {
    return metrics;
  }

  /** Where it listens. */
  InetSocketAddress address() {
    return ports.grpc().address();
  }

  /** Where it listens for HTTP; null if it does not. */
  @Nullable InetSocketAddress httpAddress() {
    return ports.http() == null ? null : ports.http().address();
  }

  /**
   * Stops in order: not ready; serves on for a while; takes no more calls; ends those under way;
   * closes the store.
   */
  void stop(Duration drain) {
    health.stopping();
    try {
      Thread.sleep(drain);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    services.drain();
    endlessCalls.end();
    Duration left = STOP_WITHIN.minus(drain);
    ports.close(left.compareTo(CALLS_TIMEOUT) < 0 ? left : CALLS_TIMEOUT);
    parts.close();
  }
}
