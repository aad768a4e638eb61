package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.TestAuthority;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpTlsTest {
  private static final char[] NO_PASSWORD = new char[0];
  private static final TestAuthority SERVERS = TestAuthority.named("servers");
  private static final TestAuthority CLIENTS = TestAuthority.named("clients");
  private static final String ASKS_WHO = "GET /who HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(10);

  private static final AtomicReference<HttpTls> current = new AtomicReference<>(server(CLIENTS));
  private static TestPort port;

  private static HttpTls server(TestAuthority... clientAuthorities) {
    TestAuthority.Issued own = SERVERS.issue(TestAuthority.loopback());
    try {
      return HttpTls.of(
          List.of(own.certificate()),
          own.keys().getPrivate(),
          List.of(clientAuthorities).stream().map(TestAuthority::certificate).toList());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeAll
  static void open() throws Exception {
    port = TestPort.secured(current::get, new HttpLimits(100, 100, LONG, LONG, LONG));
  }

  @AfterAll
  static void close() {
    port.close();
  }

  @BeforeEach
  void restore() {
    current.set(server(CLIENTS));
  }

  private static SSLContext client(TestAuthority.@Nullable Issued shown) {
    try {
      var believed = KeyStore.getInstance("PKCS12");
      believed.load(null, NO_PASSWORD);
      believed.setCertificateEntry("servers", SERVERS.certificate());
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(believed);
      KeyManager[] keys = null;
      if (shown != null) {
        var own = KeyStore.getInstance("PKCS12");
        own.load(null, NO_PASSWORD);
        var chain = new X509Certificate[] {shown.certificate()};
        own.setKeyEntry("own", shown.keys().getPrivate(), NO_PASSWORD, chain);
        var factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(own, NO_PASSWORD);
        keys = factory.getKeyManagers();
      }
      var context = SSLContext.getInstance("TLS");
      context.init(keys, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SSLSocket connect(SSLContext context) throws IOException {
    return connect(port, context);
  }

  private static SSLSocket connect(TestPort port, SSLContext context) throws IOException {
    var plain = new Socket(port.address().getAddress(), port.address().getPort());
    plain.setSoTimeout((int) RawHttp.PATIENCE.toMillis());
    return (SSLSocket)
        context.getSocketFactory().createSocket(plain, "localhost", port.address().getPort(), true);
  }

  private static String ask(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(ASKS_WHO.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    var said = new StringBuilder();
    while (said.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("closed");
      }
      said.append((char) next);
    }
    int length =
        Integer.parseInt(said.toString().replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
    return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
  }

  private String ask(TestAuthority.@Nullable Issued shown) throws IOException {
    try (SSLSocket socket = connect(client(shown))) {
      return ask(socket);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Version.class,
      names = {"HTTP_1_1", "HTTP_2"})
  void request_versionByAlpn_isAnsweredInIt(Version version) throws Exception {
    try (var client = HttpClient.newBuilder().sslContext(client(null)).version(version).build()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "https://localhost:%d/path/a?b".formatted(port.address().getPort())))
                  .build(),
              BodyHandlers.ofString());
      assertEquals(version, answer.version());
      assertEquals("/path/a?b", answer.body());
      assertEquals(List.of("no-store"), answer.headers().allValues("cache-control"));
    }
  }

  @Test
  void certificate_clientThatShowsOne_isSeen() throws Exception {
    TestAuthority.Issued shown = CLIENTS.issue(TestAuthority.uri("spiffe://example/gateway"));
    assertEquals(shown.certificate().getSerialNumber().toString(), ask(shown));
  }

  @Test
  void certificate_clientThatShowsNone_isLetInAsNobody() throws Exception {
    assertEquals("nobody", ask((TestAuthority.Issued) null));
  }

  /** It has the right issuer's name, so that the client shows it. */
  @Test
  void certificate_ofAnotherAuthorityWithTheSameName_isRefused() {
    TestAuthority.Issued forged = TestAuthority.named("clients").issue(TestAuthority.loopback());
    assertThrows(IOException.class, () -> ask(forged));
  }

  @Test
  void certificate_thatHasExpired_isRefused() {
    Instant now = Instant.now();
    TestAuthority.Issued old =
        CLIENTS.issue(
            now.minus(Duration.ofHours(1)),
            now.minus(Duration.ofMinutes(1)),
            TestAuthority.uri("spiffe://example/gateway"));
    assertThrows(IOException.class, () -> ask(old));
  }

  @Test
  void certificate_whereNoneIsWanted_isNotAskedFor() throws Exception {
    HttpTls alone = server();
    TestAuthority.Issued shown = CLIENTS.issue(TestAuthority.uri("spiffe://example/gateway"));
    try (var others = TestPort.secured(() -> alone, HttpLimits.DEFAULT);
        SSLSocket socket = connect(others, client(shown))) {
      assertEquals("nobody", ask(socket));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLSv1.3 TLS_AES_128_GCM_SHA256",
        "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLSv1.2 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
      })
  void handshake_strongCipher_succeeds(String offer) throws Exception {
    assertEquals("nobody", ask(offering(offer)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"
      })
  void handshake_weakCipher_fails(String offer) {
    assertThrows(SSLException.class, () -> ask(offering(offer)));
  }

  private SSLSocket offering(String offer) throws IOException {
    String[] parts = offer.split(" ");
    SSLSocket socket = connect(client(null));
    socket.setEnabledProtocols(new String[] {parts[0]});
    socket.setEnabledCipherSuites(new String[] {parts[1]});
    return socket;
  }

  @Test
  void reload_newCertificate_isForNewConnectionsAndNoOldSessionIsResumed() throws Exception {
    SSLContext client = client(null);
    try (SSLSocket before = connect(client)) {
      ask(before);
      Object first = leaf(before.getSession());
      try (SSLSocket again = connect(client)) {
        ask(again);
        assertEquals(first, leaf(again.getSession()));
      }
      current.set(server(CLIENTS));
      try (SSLSocket after = connect(client)) {
        ask(after);
        assertNotEquals(first, leaf(after.getSession()));
      }
      assertEquals("nobody", ask(before));
    }
  }

  @Test
  void reload_otherClientAuthority_countsForNewConnections() throws Exception {
    TestAuthority.Issued shown = CLIENTS.issue(TestAuthority.uri("spiffe://example/gateway"));
    SSLContext client = client(shown);
    try (SSLSocket socket = connect(client)) {
      assertEquals(shown.certificate().getSerialNumber().toString(), ask(socket));
    }
    current.set(server(TestAuthority.named("clients")));
    try (SSLSocket socket = connect(client)) {
      assertThrows(IOException.class, () -> ask(socket));
    }
  }

  private static Object leaf(SSLSession session) throws IOException {
    return session.getPeerCertificates()[0];
  }

  @Test
  void handshake_trickling_isCut() throws Exception {
    try (var impatient =
            TestPort.secured(current::get, new HttpLimits(100, 100, LONG, SHORT, LONG));
        var client = RawHttp.connect(impatient.address())) {
      long begun = System.nanoTime();
      // The beginning of a record of the handshake with 16 KiB.
      client.send("\u0016\u0003\u0001\u0040\u0000");
      client.trickle("\u0000", Duration.ofMillis(20));
      assertTrue(System.nanoTime() - begun < LONG.toNanos() / 4);
    }
  }

  @Test
  void request_inPlainText_isNotAnswered() throws Exception {
    assertEquals(List.of(), RawHttp.statuses(port.exchange(ASKS_WHO)));
    assertEquals(List.of(), RawHttp.statuses(port.exchange(PlainHttp2.PREFACE)));
  }
}
