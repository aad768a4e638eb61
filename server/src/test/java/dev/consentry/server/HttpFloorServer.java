package dev.consentry.server;

import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.http.HttpLimits;
import dev.consentry.server.http.HttpPort;
import dev.consentry.server.http.HttpRoute;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/**
 * The floor that forward auth is measured against: the server's own port for HTTP, and an empty 204
 * to everything below {@code /authz/}.
 *
 * <p>Arguments are ignored: the launcher adds its own main class.
 */
final class HttpFloorServer {
  private static final int NO_CONTENT = 204;
  private static final byte[] NOTHING = {};

  private HttpFloorServer() {}

  /** Serves on a free port, which it prints, until the process is ended. */
  public static void main(String[] arguments) throws Exception {
    var route =
        new HttpRoute(
            "/authz/", Set.of("GET"), call -> call.answer(NO_CONTENT, List.of(), NOTHING));
    var port =
        HttpPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            HttpLimits.DEFAULT,
            List.of(route));
    System.out.println("Floor serves on " + ListenAddress.text(port.address()));
    Thread.currentThread().join();
  }
}
