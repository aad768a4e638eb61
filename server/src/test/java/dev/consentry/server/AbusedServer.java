package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.rpc.OpenCalls;
import dev.consentry.server.rpc.TestServer;
import io.grpc.ServerInterceptors;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A server behind its real port, with a caller who behaves beside those who do not. */
final class AbusedServer implements AutoCloseable {
  static final String CHECK = "consentry.v1.DecisionService/Check";

  /** What the usual limits are in seconds or minutes. */
  static final Duration LIMIT = Duration.ofSeconds(1);

  static final Duration LONG = Duration.ofMinutes(5);

  /** Of all its calls, the caller who behaves may lose one in so many. */
  private static final int CALLS_PER_ERROR = 1_000;

  private static final String DESCRIPTORS = "/proc/self/fd";
  private static final int WARM_CALLS = 200;
  private static final long LOOK_EVERY_NANOS = 2_000_000;

  /** It tells of every peer's mistake with a stack trace: no news here. */
  private static final Logger TRANSPORT = Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty");

  static {
    TRANSPORT.setLevel(Level.SEVERE);
  }

  private final TestServer server = TestServer.start();
  private final OpenCalls calls;
  private final ConnectionLimit connections;
  private final GrpcPort port;
  private final SteadyCaller steady;
  private final int sockets;
  private final List<AutoCloseable> opened = new ArrayList<>();

  /** Of limits that are as given, and then checked on twice their time. */
  AbusedServer(PortLimits limits, Duration requestTime, int connectionsMax) {
    calls = OpenCalls.start(OpenCalls.CALLS_MAX, requestTime, server.counters());
    connections = new ConnectionLimit(connectionsMax);
    var services =
        server.definitions().stream().map(s -> ServerInterceptors.intercept(s, calls)).toList();
    var loopback = new ListenAddress(InetAddress.getLoopbackAddress(), 0);
    port = GrpcPort.open(loopback, null, List.of(), services, connections, limits);
    server.putApp("crm", List.of("read"), List.of());
    server.grant("acme", "crm");
    steady = SteadyCaller.start(port.address(), TestServer.checkOf("acme", "crm", "read"));
    awaitWithin(Duration.ofSeconds(20), "a warm caller", () -> steady.calls() > WARM_CALLS);
    // The first socket that Java closes makes it open one that stays.
    try (var _ = RawHttp2.connect(address())) {
      awaitConnections(2);
    }
    awaitConnections(1);
    sockets = openSockets();
  }

  /** The caller who behaves has one. */
  void awaitConnections(int count) {
    awaitWithin(Duration.ofSeconds(5), count + " connections", () -> connections.open() == count);
  }

  InetSocketAddress address() {
    return port.address();
  }

  SteadyCaller steady() {
    return steady;
  }

  OpenCalls openCalls() {
    return calls;
  }

  ConnectionLimit connections() {
    return connections;
  }

  /** To be closed at the end. */
  <T extends AutoCloseable> T add(T part) {
    opened.add(part);
    return part;
  }

  RawHttp2 connect() {
    return add(RawHttp2.connect(address()));
  }

  /** Fails if it does not come about in time. */
  static void awaitWithin(Duration time, String what, BooleanSupplier condition) {
    long end = System.nanoTime() + time.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("not within %d ms: %s".formatted(time.toMillis(), what));
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    }
  }

  /** Sockets among this process's file descriptors: both ends of each connection. */
  private static int openSockets() {
    String[] open = new File(DESCRIPTORS).list();
    return open == null ? 0 : (int) Arrays.stream(open).filter(AbusedServer::isSocket).count();
  }

  private static boolean isSocket(String descriptor) {
    try {
      return Files.readSymbolicLink(Path.of(DESCRIPTORS, descriptor))
          .toString()
          .startsWith("socket:");
    } catch (IOException e) {
      // It was closed just now.
      return false;
    }
  }

  /** Whoever behaves has not suffered, and nothing is left open. */
  @Override
  public void close() throws Exception {
    for (AutoCloseable part : opened) {
      part.close();
    }
    try {
      awaitWithin(
          Duration.ofSeconds(5), "sockets as before the abuse", () -> openSockets() <= sockets);
    } finally {
      steady.close();
      port.close(Duration.ofSeconds(1));
      calls.close();
      server.close();
    }
    assertTrue(
        steady.errors() * CALLS_PER_ERROR <= steady.calls(),
        () -> "%d errors in %d calls".formatted(steady.errors(), steady.calls()));
  }
}
