package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.http.HttpCompliance;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No connection becomes another thing than it was: a gateway that passes a 101 on gives its client
 * a tunnel to us, with the gateway's name on it.
 */
final class HttpUpgradeTest {
  private static final String H2C =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";

  private static TestPort port;

  @BeforeAll
  static void open() throws Exception {
    port = TestPort.open();
  }

  @AfterAll
  static void close() {
    port.close();
  }

  private static List<Integer> statuses(InetSocketAddress address, String headers)
      throws Exception {
    return RawHttp.statuses(
        RawHttp.exchange(
            address, "GET /livez HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + PlainHttp2.PREFACE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        H2C,
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: h2\r\n",
        "Connection: Upgrade\r\nUpgrade: HTTP/2.0\r\n",
        "Connection: Upgrade\r\nUpgrade: TLS/1.0, HTTP/1.1\r\n",
        "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      })
  void request_thatAsksForUpgrade_isAnsweredAsIfItDidNot(String headers) throws Exception {
    List<Integer> statuses = statuses(port.address(), headers);

    // What follows is no request of HTTP/1.1; it is refused, and not obeyed.
    assertEquals(200, statuses.getFirst(), statuses.toString());
    assertEquals(
        List.of(), statuses.stream().skip(1).filter(s -> s < 400).toList(), statuses.toString());
  }

  @Test
  void request_withUpgradeThatNoConnectionHeaderNames_isRefused() throws Exception {
    assertEquals(List.of(400), statuses(port.address(), "Upgrade: h2c\r\n"));
  }

  @Test
  void request_withUpgradeToStockJetty_isObeyed() throws Exception {
    try (var mutant = new StockJetty(HttpCompliance.RFC9110)) {
      assertEquals(101, statuses(mutant.address(), H2C).getFirst());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "CONNECT /livez HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:80 HTTP/1.0\r\n\r\n"
      })
  void connect_anyTarget_isRefused(String request) throws Exception {
    List<Integer> statuses = RawHttp.statuses(port.exchange(request));

    assertEquals(1, statuses.size(), statuses.toString());
    assertTrue(statuses.getFirst() == 400 || statuses.getFirst() == 405, statuses.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"100-continue", "100-Continue", "100-continue, other", "other", ""})
  void expect_anything_isRefusedAndTheBodyNotRead(String expectation) throws Exception {
    port.served.clear();
    String said =
        port.exchange(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: "
                + expectation
                + "\r\n\r\nhello");

    assertEquals(List.of(417), RawHttp.statuses(said), said);
    assertEquals(List.of(), port.served);
  }

  @Test
  void expect_bodyHeldBack_isAnsweredAtOnceAndClosed() throws Exception {
    try (var client = RawHttp.connect(port.address())) {
      client.send(
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      String said = client.readToEnd();

      assertEquals(List.of(417), RawHttp.statuses(said), said);
      assertTrue(said.contains("Connection: close\r\n"), said);
    }
  }

  @Test
  void http2_byPriorKnowledge_isSpoken() throws Exception {
    try (var client = PlainHttp2.connect(port.address())) {
      client.get(1, "/path/a");
      var headers = client.next(PlainHttp2.HEADERS);

      assertNotNull(headers);
      assertTrue(headers.isStatus200());
      var body = client.next(PlainHttp2.DATA);
      assertNotNull(body);
      assertEquals("/path/a", new String(body.payload(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void http2_prefaceAfterARequest_isNotObeyed() throws Exception {
    String said =
        port.exchange("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + PlainHttp2.PREFACE + "\0\0\0\4");

    assertEquals(200, RawHttp.statuses(said).getFirst());
    assertFalse(said.contains("\0"), "a frame came back");
  }
}
