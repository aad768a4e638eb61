package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.config.ConfigReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ports of a whole server. */
final class PortsTest {
  private static final Duration DRAIN = Duration.ofMillis(500);

  @TempDir private Path directory;

  private ConsentryServer start(String listen, String http) {
    return ConsentryServer.start(
        ConfigReader.read(
            Map.of(
                "--listen", listen,
                "--http", http,
                "--data", directory.toString(),
                "--store", "memory",
                "--warm-up", "0s"),
            List.of(),
            Map.of(),
            Runtime.getRuntime().maxMemory()),
        "test",
        _ -> {});
  }

  private static int status(HttpClient client, InetSocketAddress address, String path)
      throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:%d%s".formatted(address.getPort(), path));
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode();
  }

  @Test
  void probes_serverThatStops_isNotReadyWhileItDrainsAndThenGone() throws Exception {
    ConsentryServer server = start("127.0.0.1:0", "127.0.0.1:0");
    InetSocketAddress address = server.httpAddress();
    assertNotNull(address);
    try (var client = HttpClient.newHttpClient()) {
      assertEquals(200, status(client, address, "/livez"));
      assertEquals(200, status(client, address, "/readyz"));
      assertEquals(404, status(client, address, "/"));

      var stopping = CompletableFuture.runAsync(() -> server.stop(DRAIN));
      while (status(client, address, "/readyz") == 200) {
        LockSupport.parkNanos(1_000_000);
      }
      assertEquals(503, status(client, address, "/readyz"));
      assertEquals(200, status(client, address, "/livez"));
      stopping.join();
    }
    assertThrows(
        ConnectException.class, () -> new Socket(address.getAddress(), address.getPort()).close());
  }

  @Test
  void http_off_listensForGrpcAlone() {
    ConsentryServer server = start("127.0.0.1:0", "off");
    assertNull(server.httpAddress());
    server.stop(Duration.ZERO);
  }

  @Test
  void start_httpPortTaken_failsAndLeavesTheOtherFree() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int grpc;
    try (var free = new ServerSocket(0, 1, loopback)) {
      grpc = free.getLocalPort();
    }
    try (var taken = new ServerSocket(0, 1, loopback)) {
      var e =
          assertThrows(
              CommandFailedException.class,
              () -> start("127.0.0.1:" + grpc, "127.0.0.1:" + taken.getLocalPort()));
      String said = String.valueOf(e.getMessage());
      assertTrue(
          said.startsWith(
              "cannot listen on 127.0.0.1:%d for HTTP: Address already in use."
                  .formatted(taken.getLocalPort())),
          said);
      assertTrue(said.contains("--http"), said);
    }
    try (var again = new ServerSocket(grpc, 1, loopback)) {
      assertEquals(grpc, again.getLocalPort());
    }
  }
}
