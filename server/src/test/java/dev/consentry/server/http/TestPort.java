package dev.consentry.server.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A port on loopback with the probes, {@code /echo} that answers what it was sent, {@code /path/}
 * that answers the path as it came, {@code /who} that answers the serial number of the client's
 * certificate, {@code /broken} that fails, and {@code /held} whose calls wait until somebody
 * answers them.
 */
final class TestPort implements AutoCloseable {
  final List<HttpCall> held = new CopyOnWriteArrayList<>();

  /** Method, target and body of whatever reached a service. */
  final List<String> served = new CopyOnWriteArrayList<>();

  private final HttpPort port;

  private TestPort(@Nullable Supplier<HttpTls> tls, HttpLimits limits) throws IOException {
    var routes = new ArrayList<>(Probes.routes(() -> true));
    routes.add(
        new HttpRoute(
            "/echo",
            Set.of("POST"),
            call ->
                call.readBody(
                    HttpLimits.BODY_BYTES_MAX,
                    body -> {
                      served(call, new String(body, StandardCharsets.ISO_8859_1));
                      call.answer(200, List.of(), body);
                    })));
    routes.add(
        new HttpRoute(
            "/path/",
            Set.of("GET", "HEAD"),
            call -> {
              served(call, "");
              String query = call.query() == null ? "" : "?" + call.query();
              call.answer(200, List.of(), (call.path() + query).getBytes(StandardCharsets.UTF_8));
            }));
    routes.add(
        new HttpRoute(
            "/who",
            Set.of("GET"),
            call -> {
              X509Certificate shown = call.certificate();
              String name = shown == null ? "nobody" : shown.getSerialNumber().toString();
              call.answer(200, List.of(), name.getBytes(StandardCharsets.UTF_8));
            }));
    routes.add(new HttpRoute("/held", Set.of("GET"), held::add));
    routes.add(
        new HttpRoute(
            "/broken",
            Set.of("GET"),
            _ -> {
              throw new IllegalStateException("for the test");
            }));
    port =
        HttpPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls, limits, routes);
  }

  static TestPort open() throws IOException {
    return open(HttpLimits.DEFAULT);
  }

  static TestPort open(HttpLimits limits) throws IOException {
    return new TestPort(null, limits);
  }

  static TestPort secured(Supplier<HttpTls> tls, HttpLimits limits) throws IOException {
    return new TestPort(tls, limits);
  }

  private void served(HttpCall call, String body) {
    served.add(call.method() + " " + call.path() + " " + body);
  }

  HttpPort port() {
    return port;
  }

  InetSocketAddress address() {
    return port.address();
  }

  String exchange(String bytes) throws IOException {
    return RawHttp.exchange(address(), bytes);
  }

  @Override
  public void close() {
    port.close();
  }
}
