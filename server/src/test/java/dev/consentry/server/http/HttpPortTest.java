package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpPortTest {
  private static TestPort port;

  @BeforeAll
  static void open() throws Exception {
    port = TestPort.open();
  }

  @AfterAll
  static void close() {
    port.close();
  }

  private static HttpPort open(HttpRoute... routes) throws IOException {
    return HttpPort.open(loopback(), null, HttpLimits.DEFAULT, List.of(routes));
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static String ask(String method, String target) throws IOException {
    return port.exchange(method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  private static String problem(String title, int status) {
    return "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}".formatted(title, status);
  }

  @Test
  void livez_get_isAllThatItSays() throws Exception {
    assertEquals(
        """
        HTTP/1.1 200 OK\r
        Cache-Control: no-store\r
        Content-Type: text/plain;charset=utf-8\r
        Content-Length: 5\r
        \r
        live
        """,
        ask("GET", "/livez"));
  }

  @Test
  void livez_head_hasTheLengthAndNoBody() throws Exception {
    assertEquals(
        """
        HTTP/1.1 200 OK\r
        Cache-Control: no-store\r
        Content-Type: text/plain;charset=utf-8\r
        Content-Length: 5\r
        \r
        """,
        ask("HEAD", "/livez"));
  }

  @Test
  void readyz_serverThatStops_isUnavailable() throws Exception {
    var ready = new AtomicBoolean(true);
    try (var probed = open(Probes.routes(ready::get).toArray(HttpRoute[]::new))) {
      String request = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
      String said = RawHttp.exchange(probed.address(), request);
      assertEquals(List.of(200), RawHttp.statuses(said));
      assertTrue(said.endsWith("\r\n\r\nready\n"), said);
      ready.set(false);
      said = RawHttp.exchange(probed.address(), request);
      assertEquals(List.of(503), RawHttp.statuses(said));
      assertTrue(said.endsWith("\r\n\r\nnot ready\n"), said);
    }
  }

  @Test
  void request_http10_isAnsweredAndClosedUnlessItIsToBeKept() throws Exception {
    String said = port.exchange("GET /livez HTTP/1.0\r\n\r\nGET /livez HTTP/1.0\r\n\r\n");
    assertEquals(List.of(200), RawHttp.statuses(said), said);

    String kept = "GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    said = port.exchange(kept + kept);
    assertEquals(List.of(200, 200), RawHttp.statuses(said), said);
  }

  @Test
  void request_unknownPath_isAProblem() throws Exception {
    String said = ask("GET", "/other");
    assertEquals(List.of(404), RawHttp.statuses(said));
    assertTrue(said.contains("Content-Type: application/problem+json\r\n"), said);
    assertTrue(said.contains("Cache-Control: no-store\r\n"), said);
    assertTrue(said.endsWith("\r\n\r\n" + problem("Not Found", 404)), said);
  }

  @Test
  void request_thatJettyRefuses_isAProblemToo() throws Exception {
    String said = port.exchange("GET /livez HTTP/1.1\r\n\r\n");
    assertEquals(List.of(400), RawHttp.statuses(said));
    assertTrue(said.contains("Content-Type: application/problem+json\r\n"), said);
    assertTrue(said.contains("Cache-Control: no-store\r\n"), said);
    assertTrue(said.contains("Connection: close\r\n"), said);
    assertTrue(said.endsWith("\r\n\r\n" + problem("Bad Request", 400)), said);
    assertFalse(said.contains("Server:"), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "DELETE", "OPTIONS", "TRACE", "get", "PROPFIND", "PRI"})
  void request_otherMethod_isToldWhichThereAre(String method) throws Exception {
    String said = ask(method, "/livez");
    assertEquals(List.of(405), RawHttp.statuses(said), said);
    assertTrue(said.contains("Allow: GET, HEAD\r\n"), said);
    assertTrue(said.endsWith(problem("Method Not Allowed", 405)), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/LIVEZ", "/livez/", "/livez;a=b", "/%6civez", "/livez%20", "/path", "/"})
  void path_thatIsNotTheSameByteForByte_isNotFound(String path) throws Exception {
    assertEquals(List.of(404), RawHttp.statuses(ask("GET", path)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/path/", "/path/a/b", "/path/%41%c3%a9", "/path/a?b=%2e%2e&c=/../d?e"})
  void path_belowAPrefix_isHandedOnAsItCame(String target) throws Exception {
    String said = ask("GET", target);
    assertTrue(said.endsWith("\r\n\r\n" + target), said);
  }

  @Test
  void route_ofTwoThatFit_isTheLonger() throws Exception {
    var asked = new CopyOnWriteArrayList<String>();
    try (var nested =
        open(
            new HttpRoute(
                "/a/",
                Set.of("GET"),
                call -> {
                  asked.add("short");
                  call.answer(204, List.of(), new byte[0]);
                }),
            new HttpRoute(
                "/a/b/",
                Set.of("GET"),
                call -> {
                  asked.add("long");
                  call.answer(204, List.of(), new byte[0]);
                }))) {
      RawHttp.exchange(nested.address(), "GET /a/b/c HTTP/1.1\r\nHost: a\r\n\r\n");
      RawHttp.exchange(nested.address(), "GET /a/bc HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    assertEquals(List.of("long", "short"), asked);
  }

  @Test
  void headers_sameNameTwice_areTwoValues() throws Exception {
    var heard = new CopyOnWriteArrayList<List<String>>();
    try (var listening =
        open(
            new HttpRoute(
                "/a",
                Set.of("GET"),
                call -> {
                  heard.add(call.headers("authorization"));
                  heard.add(call.headers("b"));
                  assertNull(call.certificate());
                  call.answer(204, List.of(), new byte[0]);
                }))) {
      RawHttp.exchange(
          listening.address(),
          "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: x, y\r\nauthorization:z\r\n\r\n");
    }
    assertEquals(List.of(List.of("x, y", "z"), List.of()), heard);
  }

  @Test
  void body_inPieces_isReadWhole() throws Exception {
    try (var client = RawHttp.connect(port.address())) {
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (String piece : List.of("3\r", "\nab", "c\r\n", "2\r\nde\r\n0", "\r\n\r\n")) {
        client.send(piece);
      }
      assertTrue(client.readAnswer().endsWith("\r\n\r\nabcde"));
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(client.readAnswer().endsWith("Content-Length: 0\r\n\r\n"));
    }
  }

  @Test
  void body_thatNobodyReads_isNoRequest() throws Exception {
    String smuggled = "GET /path/x HTTP/1.1\r\nHost: a\r\n\r\n";
    port.served.clear();
    String said =
        port.exchange(
            "POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s%s"
                .formatted(smuggled.length(), smuggled, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertEquals(List.of(404, 200), RawHttp.statuses(said), said);
    assertEquals(List.of(), port.served);
  }

  @Test
  void service_thatFails_isAnInternalErrorThatTellsNothing() throws Exception {
    String said = ask("GET", "/broken");
    assertTrue(said.endsWith(problem("Internal Server Error", 500)), said);
    assertEquals(List.of(200), RawHttp.statuses(ask("GET", "/livez")));
  }

  @Test
  void answer_fromAnotherThreadAndTwice_countsOnce() throws Exception {
    try (var late =
        open(
            new HttpRoute(
                "/late",
                Set.of("GET"),
                call ->
                    Thread.startVirtualThread(() -> {
                      call.answer(200, List.of(), "first".getBytes(StandardCharsets.UTF_8));
                      call.refuse(500);
                    })))) {
      String request = "GET /late HTTP/1.1\r\nHost: a\r\n\r\n";
      String said = RawHttp.exchange(late.address(), request + request);
      assertEquals(List.of(200, 200), RawHttp.statuses(said), said);
    }
  }

  /** What the event loops stand for: nothing is handed to another thread without need. */
  @Test
  void request_withoutBody_neverLeavesItsEventLoop() throws Exception {
    var threads = new CopyOnWriteArrayList<Boolean>();
    try (var looking =
            open(
                new HttpRoute(
                    "/a",
                    Set.of("GET"),
                    call -> {
                      threads.add(
                          StackWalker.getInstance()
                              .walk(frames ->
                                  frames.anyMatch(frame ->
                                      frame.getClassName().contains("ExecutionStrategy"))));
                      call.answer(204, List.of(), new byte[0]);
                    }));
        var client = RawHttp.connect(looking.address())) {
      for (int i = 0; i < 10; i++) {
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        client.readAnswer();
      }
    }
    assertEquals(10, threads.size());
    assertTrue(threads.getLast(), threads::toString);
  }

  @Test
  void open_portThatIsTaken_fails() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var address = (InetSocketAddress) taken.getLocalSocketAddress();
      var e =
          assertThrows(
              IOException.class, () -> HttpPort.open(address, null, HttpLimits.DEFAULT, List.of()));
      assertEquals("Address already in use", e.getCause().getMessage());
    }
    assertNotEquals(0, port.address().getPort());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb: c", "a\nb", "a\0", " a", "a ", "\u00e9", "a\u2028"})
  void header_thatWouldBeMore_isNone(String value) {
    assertThrows(IllegalArgumentException.class, () -> new HttpHeader("consentry-app", value));
    assertThrows(IllegalArgumentException.class, () -> new HttpHeader(value, "a"));
  }
}
