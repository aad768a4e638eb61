package dev.consentry.server;

import dev.consentry.server.config.ListenAddress;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.local.LocalAddress;
import io.grpc.netty.shaded.io.netty.channel.local.LocalIoHandler;
import io.grpc.netty.shaded.io.netty.channel.local.LocalServerChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The public port. Calls are answered on the event loops; handlers that may block leave them by
 * themselves. Bound last: a port that answers is a server that serves.
 */
final class GrpcPort {
  /** The largest legal batch of checks has about 3.1 MB. */
  static final int MESSAGE_BYTES_MAX = 4 << 20;

  static final int METADATA_BYTES_MAX = 8 << 10;
  static final int CALLS_PER_CONNECTION_MAX = 1_000;

  /** Against floods of calls that are cancelled at once (CVE-2023-44487). */
  static final int RESETS_PER_WINDOW_MAX = 400;

  static final int RESET_WINDOW_SECONDS = 30;
  static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);
  static final Duration CONNECTION_IDLE_MAX = Duration.ofMinutes(5);
  static final Duration CONNECTION_AGE_MAX = Duration.ofMinutes(30);
  static final Duration CONNECTION_AGE_GRACE = Duration.ofSeconds(30);
  static final Duration KEEP_ALIVE_AFTER = Duration.ofSeconds(30);
  static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(5);

  /** Clients may ask whether we are there as often as this, also without calls. */
  static final Duration CLIENT_KEEP_ALIVE_MIN = Duration.ofSeconds(20);

  /** A check never leaves its event loop, so there are as many as there are processors. */
  private static final int EVENT_LOOPS = Runtime.getRuntime().availableProcessors();

  private final Server server;
  private final EventLoopGroup acceptor;
  private final EventLoopGroup eventLoops;

  private GrpcPort(Server server, EventLoopGroup acceptor, EventLoopGroup eventLoops) {
    this.server = server;
    this.acceptor = acceptor;
    this.eventLoops = eventLoops;
  }

  /**
   * Binds the port and serves.
   *
   * @param tls null for plain text
   * @param filters hear of every connection, in this order
   * @throws CommandFailedException if it cannot be bound
   */
  static GrpcPort open(
      ListenAddress listen,
      @Nullable TlsFiles tls,
      List<ServerTransportFilter> filters,
      List<ServerServiceDefinition> services,
      ConnectionLimit connections,
      PortLimits limits) {
    boolean epoll = Epoll.isAvailable();
    EventLoopGroup acceptor = eventLoops(epoll, 1, "accept");
    EventLoopGroup eventLoops = eventLoops(epoll, EVENT_LOOPS, "serve");
    var builder =
        limited(NettyServerBuilder.forAddress(listen.socketAddress()), services, limits)
            .channelFactory(() -> channel(epoll, connections))
            .bossEventLoopGroup(acceptor)
            .workerEventLoopGroup(eventLoops);
    filters.forEach(builder::addTransportFilter);
    if (tls != null) {
      builder.sslContext(tls.context());
    }
    var port = new GrpcPort(builder.build(), acceptor, eventLoops);
    try {
      port.server.start();
      return port;
    } catch (IOException e) {
      port.close(Duration.ZERO);
      throw new CommandFailedException(
          "cannot listen on %s: %s. Another address or port can be chosen with --listen"
              .formatted(listen, e.getCause() == null ? e.getMessage() : e.getCause().getMessage()),
          e);
    }
  }

  /**
   * Serves inside this process. No socket of the operating system is behind it, so that nobody else
   * can connect.
   */
  static GrpcPort openWithin(LocalAddress address, List<ServerServiceDefinition> services)
      throws IOException {
    EventLoopGroup eventLoops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("serve-within", true), LocalIoHandler.newFactory());
    var builder =
        limited(NettyServerBuilder.forAddress(address), services, PortLimits.DEFAULT)
            .channelType(LocalServerChannel.class)
            .bossEventLoopGroup(eventLoops)
            .workerEventLoopGroup(eventLoops);
    var port = new GrpcPort(builder.build(), eventLoops, eventLoops);
    port.server.start();
    return port;
  }

  /** The same services, on the same threads and with the same limits, wherever it listens. */
  private static NettyServerBuilder limited(
      NettyServerBuilder builder, List<ServerServiceDefinition> services, PortLimits limits) {
    services.forEach(builder::addService);
    return builder
        .directExecutor()
        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
        .maxInboundMetadataSize(METADATA_BYTES_MAX)
        .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
        .maxRstFramesPerWindow(RESETS_PER_WINDOW_MAX, RESET_WINDOW_SECONDS)
        .handshakeTimeout(limits.handshake().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionIdle(limits.connectionIdle().toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAge(CONNECTION_AGE_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .maxConnectionAgeGrace(CONNECTION_AGE_GRACE.toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTime(limits.keepAliveAfter().toMillis(), TimeUnit.MILLISECONDS)
        .keepAliveTimeout(limits.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveTime(CLIENT_KEEP_ALIVE_MIN.toMillis(), TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  private static ServerChannel channel(boolean epoll, ConnectionLimit connections) {
    ServerChannel channel = epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel();
    channel.pipeline().addLast(connections);
    return channel;
  }

  private static EventLoopGroup eventLoops(boolean epoll, int threads, String name) {
    ThreadFactory factory = new DefaultThreadFactory(name, true);
    return new MultiThreadIoEventLoopGroup(
        threads, factory, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /** Where it really listens. */
  InetSocketAddress address() {
    return (InetSocketAddress) server.getListenSockets().getFirst();
  }

  /** Takes no more calls. Those under way have this long to end; then they are ended. */
  void close(Duration timeForCalls) {
    server.shutdown();
    try {
      if (!server.awaitTermination(timeForCalls.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow().awaitTermination(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    end(acceptor);
    end(eventLoops);
  }

  static void end(EventLoopGroup group) {
    var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
