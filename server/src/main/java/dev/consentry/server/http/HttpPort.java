package dev.consentry.server.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The port for HTTP. Requests are answered on the event loops; services that may block leave them
 * by themselves.
 */
public final class HttpPort implements AutoCloseable {
  private static final int ACCEPTORS = 1;

  /** A request without a body never leaves its event loop. */
  private static final int EVENT_LOOPS = Runtime.getRuntime().availableProcessors();

  /** For what Jetty does beside: requests it refuses by itself, idle connections. */
  private static final int OTHER_THREADS = 6;

  /** How much longer than their limit headers may take: the time between two looks. */
  private static final int LOOKS_PER_LIMIT = 4;

  private static final Duration CLOSE_LOOK_PAUSE = Duration.ofMillis(5);

  private final HttpLimits limits;
  private final Server server;
  private final ServerConnector connector;
  private final FrontDoor frontDoor;
  private final ConnectionCount connections;
  private volatile boolean closing;

  private HttpPort(
      InetSocketAddress listen,
      @Nullable Supplier<HttpTls> tls,
      HttpLimits limits,
      List<HttpRoute> routes) {
    this.limits = limits;
    var threads = new QueuedThreadPool(ACCEPTORS + EVENT_LOOPS + OTHER_THREADS);
    threads.setName("http");
    threads.setDaemon(true);
    threads.setReservedThreads(0);
    server = new Server(threads);
    frontDoor = new FrontDoor(this, new Routes(routes), limits.requestsMax());
    server.setHandler(frontDoor);
    server.setErrorHandler(new JettyErrors());
    connections = new ConnectionCount(limits.connectionsMax());
    connector =
        new Connector(server, listen, tls == null ? Protocols.plain() : Protocols.secured(tls));
    connector.setIdleTimeout(limits.idle().toMillis());
    connector.addBean(connections);
    connector.addBean(new Multiplexed());
    server.addConnector(connector);
  }

  /**
   * Binds the port and serves.
   *
   * @param tls null for plain text; asked for each connection
   * @throws IOException if it cannot be bound
   */
  public static HttpPort open(
      InetSocketAddress listen,
      @Nullable Supplier<HttpTls> tls,
      HttpLimits limits,
      List<HttpRoute> routes)
      throws IOException {
    var port = new HttpPort(listen, tls, limits, routes);
    try {
      port.server.start();
      port.lookForSlowHeaders();
      return port;
      // Its method for starting declares nothing more precise.
    } catch (Exception e) {
      port.close();
      throw e instanceof IOException io ? io : new IOException(e);
    }
  }

  private void lookForSlowHeaders() {
    if (closing) {
      return;
    }
    long nanosMax = limits.headersTime().toNanos();
    try {
      for (EndPoint endPoint : connector.getConnectedEndPoints()) {
        Visit.of(endPoint).endIfSlow(nanosMax);
      }
    } finally {
      connector
          .getScheduler()
          .schedule(this::lookForSlowHeaders, nanosMax / LOOKS_PER_LIMIT, TimeUnit.NANOSECONDS);
    }
  }

  /** Where it really listens. */
  public InetSocketAddress address() {
    return new InetSocketAddress(connector.getHost(), connector.getLocalPort());
  }

  /** What it has done, in numbers, by name. */
  public Map<String, Long> counts() {
    return Map.of(
        "http.connections",
        (long) connections.open(),
        "http.connections.refused",
        connections.refused(),
        "http.requests",
        (long) frontDoor.underWay(),
        "http.requests.shed",
        frontDoor.shed());
  }

  Duration bodyTimeMax() {
    return limits.bodyTime();
  }

  boolean isClosing() {
    return closing;
  }

  /** Takes no more connections. Requests under way have this long to end; then they are ended. */
  public void close(Duration timeForRequests) {
    closing = true;
    connector.close();
    long deadline = System.nanoTime() + timeForRequests.toNanos();
    while (frontDoor.underWay() > 0 && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(CLOSE_LOOK_PAUSE.toNanos());
    }
    try {
      server.stop();
      // Its method for stopping declares nothing more precise.
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP port did not close in order", e);
    }
  }

  @Override
  public void close() {
    close(Duration.ZERO);
  }

  /** Hears which connections speak HTTP/2. */
  private static final class Multiplexed implements Connection.Listener {
    @Override
    public void onOpened(Connection connection) {
      if (connection instanceof HTTP2Connection) {
        Visit.of(connection.getEndPoint()).multiplexed();
      }
    }
  }

  private static final class Connector extends ServerConnector {
    Connector(Server server, InetSocketAddress listen, List<ConnectionFactory> protocols) {
      super(
          server,
          null,
          null,
          null,
          ACCEPTORS,
          EVENT_LOOPS,
          protocols.toArray(ConnectionFactory[]::new));
      setHost(listen.getAddress().getHostAddress());
      setPort(listen.getPort());
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(
        SocketChannel channel, ManagedSelector selector, SelectionKey key) {
      var visit = new Visit(channel, selector, key, getScheduler());
      visit.setIdleTimeout(getIdleTimeout());
      return visit;
    }
  }
}
