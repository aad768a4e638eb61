package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

final class HttpLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(200);

  /** Longer than a busy machine keeps a client from its next byte. */
  private static final Duration MIDDLE = Duration.ofMillis(500);

  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration TRICKLE_PAUSE = Duration.ofMillis(20);
  private static final String LIVE = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final HttpLimits PATIENT = new HttpLimits(100, 100, LONG, LONG, LONG);

  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + RawHttp.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "still not so");
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static List<Integer> statuses(TestPort port, String request) throws IOException {
    return RawHttp.statuses(port.exchange(request));
  }

  @Test
  void headers_ofAsManyBytesAsAllowed_areTakenAndOneMoreIsNot() throws Exception {
    String before = "GET /livez HTTP/1.1\r\nHost: a\r\nb: ";
    int room = HttpLimits.HEADER_BYTES_MAX - before.length() - 4;
    try (var port = TestPort.open()) {
      assertEquals(List.of(200), statuses(port, before + "c".repeat(room) + "\r\n\r\n"));
      assertEquals(List.of(431), statuses(port, before + "c".repeat(room + 1) + "\r\n\r\n"));
    }
  }

  @Test
  void target_ofTooManyBytes_isRefused() throws Exception {
    String target = "/path/" + "c".repeat(HttpLimits.HEADER_BYTES_MAX);
    try (var port = TestPort.open()) {
      assertEquals(List.of(414), statuses(port, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
  }

  @Test
  void headers_asManyAsAllowed_areTakenAndOneMoreIsNot() throws Exception {
    String before = "GET /livez HTTP/1.1\r\nHost: a\r\n";
    int room = HttpLimits.HEADERS_MAX - 1;
    try (var port = TestPort.open()) {
      assertEquals(List.of(200), statuses(port, before + "b: c\r\n".repeat(room) + "\r\n"));
      assertEquals(List.of(431), statuses(port, before + "b: c\r\n".repeat(room + 1) + "\r\n"));
    }
  }

  @Test
  void body_asLargeAsAllowed_isTakenAndOneByteMoreIsNot() throws Exception {
    String before = "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    String most = "c".repeat(HttpLimits.BODY_BYTES_MAX);
    try (var port = TestPort.open()) {
      for (String body : List.of(most, most + "d")) {
        List<Integer> expected = List.of(body.equals(most) ? 200 : 413);
        String framed = "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body);
        String chunked =
            "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                .formatted(body.length(), body);
        assertEquals(expected, statuses(port, before + framed));
        assertEquals(expected, statuses(port, before + chunked));
      }
      assertEquals(2, port.served.size());
    }
  }

  @Test
  void body_tooSlow_isRefused() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, LONG, LONG, SHORT));
        var client = RawHttp.connect(port.address())) {
      long begun = System.nanoTime();
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
      String said = client.trickle("c", TRICKLE_PAUSE);

      assertEquals(List.of(408), RawHttp.statuses(said), said);
      assertTrue(System.nanoTime() - begun >= SHORT.toNanos());
      assertEquals(List.of(), port.served);
    }
  }

  /** Each byte comes long before the connection would be idle. */
  private static Duration trickled(HttpLimits limits, String before) throws Exception {
    try (var port = TestPort.open(limits);
        var client = RawHttp.connect(port.address())) {
      if (!before.isEmpty()) {
        client.send(before);
        assertEquals(List.of(200), RawHttp.statuses(client.readAnswer()));
      }
      long begun = System.nanoTime();
      client.send("GET /livez HTTP/1.1\r\nHost: a\r\nb: ");
      assertEquals("", client.trickle("c", TRICKLE_PAUSE));
      return Duration.ofNanos(System.nanoTime() - begun);
    }
  }

  @Test
  void headers_trickling_areCutWithinTwiceTheirTime() throws Exception {
    var limits = new HttpLimits(100, 100, LONG, SHORT, LONG);
    for (String before : List.of("", LIVE)) {
      Duration time = trickled(limits, before);
      assertTrue(time.compareTo(LONG.dividedBy(4)) < 0, time::toString);
    }
  }

  /** The mutant has no limit of its own for headers. */
  @Test
  void headers_tricklingToAMutantThatKnowsIdleTimeAlone_areNotCut() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, MIDDLE, LONG, LONG));
        var client = RawHttp.connect(port.address())) {
      client.send("GET /livez HTTP/1.1\r\nHost: a\r\nb: ");
      long end = System.nanoTime() + MIDDLE.plus(SHORT).toNanos();
      while (System.nanoTime() - end < 0) {
        assertTrue(client.isOpenAfter(TRICKLE_PAUSE));
        client.send("c");
      }
      client.send("\r\n\r\n");
      assertEquals(List.of(200), RawHttp.statuses(client.readAnswer()));
    }
  }

  @Test
  void connection_thatNeverSays_isCut() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, LONG, SHORT, LONG));
        var client = RawHttp.connect(port.address())) {
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void connection_betweenRequests_restsForLongerThanHeadersMayTake() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, LONG, SHORT, LONG));
        var client = RawHttp.connect(port.address())) {
      client.send(LIVE);
      client.readAnswer();
      assertTrue(client.isOpenAfter(SHORT.multipliedBy(2)));
      client.send(LIVE);
      assertEquals(List.of(200), RawHttp.statuses(client.readAnswer()));
    }
  }

  @Test
  void request_underWay_mayTakeLongerThanHeaders() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, LONG, SHORT, LONG));
        var client = RawHttp.connect(port.address())) {
      client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(client.isOpenAfter(SHORT.multipliedBy(2)));
      until(() -> !port.held.isEmpty());
      port.held.getFirst().answer(204, List.of(), new byte[0]);
      assertEquals(List.of(204), RawHttp.statuses(client.readAnswer()));
    }
  }

  @Test
  void connection_idle_isClosed() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, SHORT, LONG, LONG));
        var client = RawHttp.connect(port.address())) {
      client.send(LIVE);
      assertEquals(List.of(200), RawHttp.statuses(client.readToEnd()));
    }
  }

  @Test
  void connections_oneTooMany_isClosedUntilAnotherHasGone() throws Exception {
    try (var port = TestPort.open(PATIENT.withConnectionsMax(2));
        var first = RawHttp.connect(port.address());
        var second = RawHttp.connect(port.address())) {
      first.send(LIVE);
      first.readAnswer();
      second.send(LIVE);
      second.readAnswer();
      assertEquals(List.of(), statuses(port, LIVE));
      assertEquals(1, port.port().counts().get("http.connections.refused"));

      first.close();
      until(() -> port.port().counts().get("http.connections") == 1);
      assertEquals(List.of(200), statuses(port, LIVE));
      second.send(LIVE);
      assertEquals(List.of(200), RawHttp.statuses(second.readAnswer()));
    }
  }

  @Test
  void requests_oneTooMany_isShedUntilAnotherIsAnswered() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 1, LONG, LONG, LONG));
        var client = RawHttp.connect(port.address())) {
      client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
      until(() -> !port.held.isEmpty());
      String said = port.exchange(LIVE);
      assertEquals(List.of(503), RawHttp.statuses(said));
      assertTrue(said.contains("Retry-After: 1\r\n"), said);
      assertEquals(1, port.port().counts().get("http.requests.shed"));

      port.held.getFirst().answer(204, List.of(), new byte[0]);
      client.readAnswer();
      until(() -> port.port().counts().get("http.requests") == 0);
      assertEquals(List.of(200), statuses(port, LIVE));
    }
  }

  @Test
  void http2_resetsWithoutEnd_endTheConnection() throws Exception {
    try (var port = TestPort.open(PATIENT);
        var client = PlainHttp2.connect(port.address())) {
      try {
        for (int stream = 1; stream < 20_000; stream += 2) {
          client.get(stream, "/held");
          client.reset(stream);
        }
      } catch (IOException e) {
        // It is closed by now.
      }
      until(() -> port.port().counts().get("http.connections") == 0);
      assertTrue(
          port.held.size() <= 2 * HttpLimits.USELESS_FRAMES_PER_SECOND_MAX,
          () -> port.held.size() + " reached a service");
      port.held.forEach(call -> call.answer(204, List.of(), new byte[0]));
      until(() -> port.port().counts().get("http.requests") == 0);
    }
  }

  /** No connection is idle: a byte of each answer is taken now and then. */
  @Test
  void http2_answersThatAreHardlyTaken_endTheConnection() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 10, LONG, LONG, MIDDLE));
        var client = PlainHttp2.connect(port.address())) {
      client.closeWindows();
      for (int stream = 1; stream < 20; stream += 2) {
        client.get(stream, "/path/" + "x".repeat(100));
      }
      until(() -> port.port().counts().get("http.requests") == 10);
      assertEquals(List.of(503), statuses(port, LIVE));
      until(() -> {
        try {
          client.openWindowByOne(1);
        } catch (IOException e) {
          // It is closed by now.
        }
        return port.port().counts().get("http.requests") == 0;
      });
      assertEquals(List.of(200), statuses(port, LIVE));
    }
  }

  @Test
  void http2_connectionWithoutARequest_restsForLongerThanHeadersMayTake() throws Exception {
    try (var port = TestPort.open(new HttpLimits(100, 100, LONG, MIDDLE, LONG));
        var other = RawHttp.connect(port.address());
        var client = PlainHttp2.connect(port.address())) {
      // What came first is cut first.
      assertNotNull(client.next(PlainHttp2.SETTINGS));
      assertEquals("", other.readToEnd());
      client.get(1, "/livez");
      assertNotNull(client.next(PlainHttp2.HEADERS));
    }
  }

  @Test
  void close_requestUnderWay_isWaitedFor() throws Exception {
    var port = TestPort.open(PATIENT);
    try (var client = RawHttp.connect(port.address())) {
      var address = port.address();
      client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
      until(() -> !port.held.isEmpty());
      var closing = CompletableFuture.runAsync(() -> port.port().close(LONG));
      until(port.port()::isClosing);
      port.held.getFirst().answer(200, List.of(), "x".getBytes(StandardCharsets.UTF_8));
      String said = client.readToEnd();

      assertEquals(List.of(200), RawHttp.statuses(said), said);
      assertTrue(said.contains("Connection: close\r\n"), said);
      closing.join();
      assertThrows(ConnectException.class, () -> RawHttp.connect(address));
    }
  }

  @Test
  void close_requestThatTakesTooLong_isEnded() throws Exception {
    var port = TestPort.open(PATIENT);
    try (var client = RawHttp.connect(port.address())) {
      client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
      until(() -> !port.held.isEmpty());
      port.port().close(SHORT);

      List<Integer> statuses = RawHttp.statuses(client.readToEnd());
      assertTrue(statuses.isEmpty() || statuses.equals(List.of(500)), statuses.toString());
      port.held.getFirst().answer(200, List.of(), new byte[0]);
    }
  }
}
