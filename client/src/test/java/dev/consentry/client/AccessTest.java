package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encryption and certificates, against a server that has them. */
final class AccessTest {
  private static final TestAuthority SERVERS = TestAuthority.named("servers");
  private static final TestAuthority CLIENTS = TestAuthority.named("clients");
  private static final TestAuthority OTHERS = TestAuthority.named("servers");
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private Path ca;
  private Path certificate;
  private Path key;
  private final TestAuthority.Issued own = CLIENTS.issue();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  @BeforeEach
  void write() {
    ca = directory.resolve("ca.pem");
    certificate = directory.resolve("client.pem");
    key = directory.resolve("client-key.pem");
    SERVERS.write(ca);
    own.write(certificate, key);
  }

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  @Test
  void check_serverOfTheAuthority_isAnsweredWithoutShowingAnything() {
    FakeServer server = serve(0, SERVERS.issue(TestAuthority.loopback()));

    assertTrue(allowed(open(ConsentryClient.builder(server.address()).caCertificates(ca))));
    assertEquals(List.of(new Shown.Credentials(List.of(), null)), server.shown());
  }

  @ParameterizedTest
  @ValueSource(strings = {"another authority", "another name", "expired", "authorities of Java"})
  void check_serverThatIsNotBelieved_isSentNothing(String how) {
    Instant now = Instant.now();
    FakeServer server =
        serve(
            0,
            switch (how) {
              case "another authority" -> OTHERS.issue(TestAuthority.loopback());
              case "another name" ->
                  SERVERS.issue(TestAuthority.dns("example.com"), TestAuthority.ip("127.0.0.2"));
              case "expired" ->
                  SERVERS.issue(
                      now.minusSeconds(7200), now.minusSeconds(60), TestAuthority.loopback());
              default -> SERVERS.issue(TestAuthority.loopback());
            });
    ConsentryClient.Builder builder = ConsentryClient.builder(server.address());
    ConsentryClient client =
        open(
            (how.equals("authorities of Java") ? builder.tls() : builder.caCertificates(ca))
                .bearerToken(() -> "secret-token-1")
                .timeout(Duration.ofMillis(500)));

    ConsentryException e = assertThrows(ConsentryException.class, () -> allowed(client));

    assertTrue(
        e.code() == Status.Code.UNAVAILABLE || e.code() == Status.Code.DEADLINE_EXCEEDED,
        e.toString());
    assertEquals(List.of(), server.shown());
  }

  @Test
  void check_clientCertificate_isShown() {
    FakeServer server = serve(0, SERVERS.issue(TestAuthority.loopback()));

    assertTrue(allowed(open(withCertificate(server.address()))));
    assertEquals(own.certificate(), last(server));
  }

  @Test
  void check_newCertificateInTheFiles_isShownOnTheNextConnection() throws IOException {
    FakeServer server = serve(0, SERVERS.issue(TestAuthority.loopback()));
    ConsentryClient client = open(withCertificate(server.address()));
    assertTrue(allowed(client));
    TestAuthority.Issued next = CLIENTS.issue();

    // Half written: the key is not that of the certificate.
    Files.writeString(certificate, TestAuthority.pem(next.certificate()));
    server = serveAgain(server, SERVERS.issue(TestAuthority.loopback()));
    assertTrue(allowed(client));
    assertEquals(own.certificate(), last(server));

    next.write(certificate, key);
    server = serveAgain(server, SERVERS.issue(TestAuthority.loopback()));
    assertTrue(allowed(client));
    assertEquals(next.certificate(), last(server));
  }

  @Test
  void check_newAuthorityInTheFile_isBelievedOnTheNextConnection() throws IOException {
    FakeServer server = serve(0, SERVERS.issue(TestAuthority.loopback()));
    ConsentryClient client = open(withCertificate(server.address()));
    assertTrue(allowed(client));

    Files.writeString(ca, "being written");
    server = serveAgain(server, SERVERS.issue(TestAuthority.loopback()));
    assertTrue(allowed(client));

    OTHERS.write(ca);
    server = serveAgain(server, OTHERS.issue(TestAuthority.loopback()));
    assertTrue(allowed(client));
    assertEquals(1, server.shown().size());
  }

  @ParameterizedTest
  @CsvSource({
    "no CA, 'there is no certificate in `CA`'",
    "CA not there, 'there is no file `CA`'",
    "cut, '`CERT` is damaged: a part of it has no end'",
    "no key, 'there is no private key in `KEY`'",
    "older key,"
        + " 'the key in `KEY` must be PKCS#8, not encrypted: `openssl pkcs8 -topk8 -nocrypt` makes it"
        + " so'",
    "key of another, 'the key in `KEY` does not belong to the certificate in `CERT`'",
    "bad key, 'the key in `KEY` cannot be read, or is of a kind other than RSA and EC'",
    "not Base64, '`KEY` is damaged: a part of it is not Base64'",
  })
  void build_badFile_saysWhatIsWrongAndNeverTellsTheKey(String how, String message)
      throws IOException {
    switch (how) {
      case "no CA" -> Files.writeString(ca, "");
      case "CA not there" -> Files.delete(ca);
      case "cut" -> Files.writeString(certificate, Files.readString(certificate).substring(0, 99));
      case "no key" -> Files.writeString(key, "");
      case "older key" -> Files.writeString(key, own.oldKeyPem());
      case "key of another" -> Files.writeString(key, CLIENTS.issue().keyPem());
      case "bad key" -> Files.writeString(key, own.keyPem().replaceFirst("\nM.", "\nAA"));
      case "not Base64" ->
          Files.writeString(key, own.keyPem().replace("\n-----END", "=A\n-----END"));
      default -> throw new IllegalArgumentException(how);
    }

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> withCertificate("127.0.0.1:1").build());

    assertEquals(
        message
            .replace("CA", ca.toString())
            .replace("CERT", certificate.toString())
            .replace("KEY", key.toString()),
        e.getMessage());
    assertEquals(null, how.contains("key") && !how.equals("no CA") ? e.getCause() : null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "consentry.internal:8980",
        "192.0.2.1:8980",
        "0.0.0.0:8980",
        "[2001:db8::1]:8980",
        "localhost.example.com:8980",
        "127.0.0.1.example.com:8980",
        "dns:///example.com:8980",
        "dns://127.0.0.1/example.com",
        "unix:///run/localhost",
        "example.com"
      })
  void build_tokenInPlainTextToOthers_isRefused(String server) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ConsentryClient.builder(server).bearerToken(() -> "secret-token-1").build());

    assertEquals(
        "a token is never sent in plain text, but to the loopback: `" + server + "` needs TLS",
        e.getMessage());
    open(ConsentryClient.builder(server));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost:8980",
        "LOCALHOST",
        "127.0.0.1:8980",
        "127.1.2.3:1",
        "[::1]:8980",
        "dns:///localhost:8980",
        "dns:127.0.0.1:8980"
      })
  void build_tokenInPlainTextToTheLoopback_isOpened(String server) {
    open(ConsentryClient.builder(server).bearerToken(() -> "secret-token-1"));
  }

  @Test
  void build_preparedChannel_isEncryptedByWhoeverPreparedIt() {
    ConsentryClient.Builder builder =
        ConsentryClient.builder(NettyChannelBuilder.forAddress("127.0.0.1", 1));

    assertThrows(IllegalStateException.class, builder::tls);
    assertThrows(IllegalStateException.class, () -> builder.caCertificates(ca));
    assertThrows(IllegalStateException.class, () -> builder.clientCertificate(certificate, key));
  }

  private ConsentryClient.Builder withCertificate(String address) {
    return ConsentryClient.builder(address)
        .caCertificates(ca)
        .clientCertificate(certificate, key)
        .timeout(TIMEOUT);
  }

  private static boolean allowed(ConsentryClient client) {
    return client.check("acme", "sync", "a").allowed();
  }

  private static Certificate last(FakeServer server) {
    return server.shown().get(server.shown().size() - 1).certificate();
  }

  private ConsentryClient open(ConsentryClient.Builder builder) {
    ConsentryClient client = builder.build();
    opened.push(client);
    return client;
  }

  private FakeServer serve(int port, TestAuthority.Issued shown) {
    FakeServer server =
        FakeServer.startTlsOn(port, shown, CLIENTS)
            .on(
                DecisionServiceGrpc.getCheckMethod(),
                request -> CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build());
    opened.push(server);
    return server;
  }

  /** The client has to connect anew. */
  private FakeServer serveAgain(FakeServer before, TestAuthority.Issued shown) {
    int port = before.port();
    before.close();
    return serve(port, shown);
  }
}
