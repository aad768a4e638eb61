package dev.consentry.server;

import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.http.HttpLimits;
import dev.consentry.server.http.HttpPort;
import dev.consentry.server.http.HttpRoute;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where others reach the server. One that cannot open both ports opens none.
 *
 * @param http null: it does not listen for HTTP
 */
record Ports(GrpcPort grpc, @Nullable HttpPort http) {
  /**
   * Binds both ports and serves, gRPC first.
   *
   * @throws CommandFailedException if one of them cannot be bound
   */
  static Ports open(
      ServerConfig config,
      @Nullable TlsFiles tls,
      List<ServerTransportFilter> filters,
      List<ServerServiceDefinition> services,
      ConnectionLimit connections,
      List<HttpRoute> routes) {
    GrpcPort grpc =
        GrpcPort.open(config.listen(), tls, filters, services, connections, PortLimits.DEFAULT);
    try {
      return new Ports(grpc, openHttp(config, tls, routes));
    } catch (CommandFailedException e) {
      grpc.close(Duration.ZERO);
      throw e;
    }
  }

  private static @Nullable HttpPort openHttp(
      ServerConfig config, @Nullable TlsFiles tls, List<HttpRoute> routes) {
    ListenAddress listen = config.http();
    if (listen == null) {
      return null;
    }
    try {
      return HttpPort.open(
          listen.socketAddress(),
          tls == null ? null : tls::http,
          HttpLimits.DEFAULT.withConnectionsMax(config.connectionsMax()),
          routes);
    } catch (IOException e) {
      throw new CommandFailedException(
          ("cannot listen on %s for HTTP: %s. Another address or port can be chosen with --http;"
                  + " `--http off` does without")
              .formatted(listen, e.getCause() == null ? e.getMessage() : e.getCause().getMessage()),
          e);
    }
  }

  /** Takes no more calls on either. Those under way have this long to end; then they are ended. */
  void close(Duration timeForCalls) {
    Thread closing =
        http == null
            ? null
            : Thread.ofPlatform().name("http-close").start(() -> http.close(timeForCalls));
    grpc.close(timeForCalls);
    if (closing != null) {
      try {
        closing.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
