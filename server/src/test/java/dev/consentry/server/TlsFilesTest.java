package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.http.HttpTls;

import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TlsFilesTest {
  private static final TestAuthority SERVERS = TestAuthority.named("servers");
  private static final TestAuthority CLIENTS = TestAuthority.named("clients");
  private static final TestAuthority OTHERS = TestAuthority.named("clients");
  private final Instant now = Instant.now();
  private static final Duration FOUND_WITHIN = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private Path chain;
  private Path key;
  private Path clientCas;
  private final ClosingStack opened = new ClosingStack();
  private final TestAuthority.Issued first = SERVERS.issue(TestAuthority.loopback());
  private final TestAuthority.Issued second = SERVERS.issue(TestAuthority.loopback());

  @BeforeEach
  void write() {
    chain = directory.resolve("server.pem");
    key = directory.resolve("server-key.pem");
    clientCas = directory.resolve("clients.pem");
    first.write(chain, key);
    CLIENTS.write(clientCas);
  }

  @AfterEach
  void close() {
    opened.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void call_clientOfTheAuthority_isKnownByItsCertificate(SslProvider provider) {
    TlsPort port = open(read(clientCas, provider));
    TestAuthority.Issued client = CLIENTS.issue(TestAuthority.uri("spiffe://acme/gateway"));

    assertEquals(client.certificate(), port.peerOf(SERVERS, client));
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void call_withoutCertificate_isLetInAsNobody(SslProvider provider) {
    assertEquals(null, open(read(clientCas, provider)).peerOf(SERVERS, null));
    assertEquals(null, open(read(null, provider)).peerOf(SERVERS, null));
  }

  @Test
  void call_certificateWhereNoneIsAskedFor_isNotSeen() {
    assertEquals(null, open(read(null, SslProvider.OPENSSL)).peerOf(SERVERS, CLIENTS.issue()));
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void call_clientOfAnotherAuthorityOfTheSameName_isRefused(SslProvider provider) {
    TlsPort port = open(read(clientCas, provider));

    assertTrue(port.refuses(SERVERS, OTHERS.issue()));
    assertTrue(port.refuses(SERVERS, SERVERS.issue()));
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void call_clientCertificateNotValidNow_isRefused(SslProvider provider) {
    TlsPort port = open(read(clientCas, provider));

    assertTrue(port.refuses(SERVERS, CLIENTS.issue(now.minusSeconds(7200), now.minusSeconds(60))));
    assertTrue(port.refuses(SERVERS, CLIENTS.issue(now.plusSeconds(600), now.plusSeconds(7200))));
  }

  @ParameterizedTest
  @CsvSource({"TLSv1, false", "TLSv1.1, false", "TLSv1.2, true", "TLSv1.3, true"})
  void connection_version_onlyOneOfTheNewOnesIsTaken(String version, boolean taken) {
    RawTls client =
        new RawTls(open(read(clientCas, SslProvider.OPENSSL)).address(), SERVERS, null, version);

    assertEquals(taken, client.connect() != null);
  }

  @Test
  void connection_withoutHttp2_isNotServed() {
    TlsPort port = open(read(clientCas, SslProvider.OPENSSL));

    assertEquals(null, new RawTls(port.address(), SERVERS, null, "TLSv1.3", "http/1.1").connect());
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void look_newCertificate_isWhatNewConnectionsGetWhileOpenOnesStay(SslProvider provider) {
    TlsFiles files = read(clientCas, provider);
    TlsPort port = open(files);
    try (TlsPort.Connection old = port.connect(SERVERS, null)) {
      assertEquals(first.certificate(), old.serverCertificate());

      second.write(chain, key);
      files.look();
      files.look();

      assertEquals(second.certificate(), port.serverCertificate(SERVERS));
      assertEquals(first.certificate(), old.serverCertificate());
      assertEquals(2, port.connections());
    }
    assertEquals(0, files.problems());
  }

  @Test
  void look_newCertificate_isWhatTheHttpPortGetsToo() {
    TlsFiles files = read(clientCas, SslProvider.JDK);
    HttpTls before = files.http();
    files.look();
    assertSame(before, files.http());

    SERVERS.issue(TestAuthority.loopback()).write(chain, key);
    files.look();
    files.look();

    assertNotSame(before, files.http());
  }

  @Test
  void look_seenOnlyOnce_isNotTakenYet() {
    TlsFiles files = read(clientCas, null);
    TlsPort port = open(files);
    TestAuthority.Issued third = SERVERS.issue(TestAuthority.loopback());

    second.write(chain, key);
    files.look();
    assertEquals(first.certificate(), port.serverCertificate(SERVERS));
    third.write(chain, key);
    files.look();
    assertEquals(first.certificate(), port.serverCertificate(SERVERS));
    files.look();

    assertEquals(third.certificate(), port.serverCertificate(SERVERS));
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void look_otherClientAuthority_newConnectionsOfTheOldOneAreRefused(SslProvider provider) {
    TlsFiles files = read(clientCas, provider);
    TlsPort port = open(files);
    TestAuthority.Issued old = CLIENTS.issue();
    TestAuthority.Issued next = OTHERS.issue();
    assertEquals(old.certificate(), port.peerOf(SERVERS, old));
    assertTrue(port.refuses(SERVERS, next));

    OTHERS.write(clientCas);
    files.look();
    files.look();

    assertTrue(port.refuses(SERVERS, old));
    assertEquals(next.certificate(), port.peerOf(SERVERS, next));
  }

  /** A session is taken up again without looking at certificates: it must not outlive their CA. */
  @ParameterizedTest
  @CsvSource({"JDK, TLSv1.2", "JDK, TLSv1.3", "OPENSSL, TLSv1.2", "OPENSSL, TLSv1.3"})
  void look_otherClientAuthority_sessionsOfTheOldOneAreNotTakenUpAgain(
      SslProvider provider, String version) {
    TlsFiles files = read(clientCas, provider);
    RawTls client = new RawTls(open(files).address(), SERVERS, CLIENTS.issue(), version);
    SSLSession session = client.connect();
    SSLSession again = client.connect();
    // Else this would not test anything.
    assertEquals(session.getCreationTime(), again.getCreationTime());

    OTHERS.write(clientCas);
    files.look();
    files.look();

    assertEquals(null, client.connect());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cut",
        "empty",
        "not there",
        "key of another",
        "no PEM",
        "expired",
        "no CA",
        "huge"
      })
  void look_badFiles_theOldOnesStayAndItIsCountedOnce(String how) {
    TlsFiles files = read(clientCas, null);
    TlsPort port = open(files);

    spoil(how);
    files.look();
    assertEquals(0, files.problems());
    files.look();
    files.look();
    files.look();

    assertEquals(first.certificate(), port.serverCertificate(SERVERS));
    TestAuthority.Issued client = CLIENTS.issue();
    assertEquals(client.certificate(), port.peerOf(SERVERS, client));
    assertEquals(1, files.problems());

    second.write(chain, key);
    CLIENTS.write(clientCas);
    files.look();
    files.look();

    assertEquals(second.certificate(), port.serverCertificate(SERVERS));
    assertEquals(1, files.problems());
    spoil(how);
    files.look();
    files.look();
    assertEquals(2, files.problems());
  }

  @Test
  void look_certificateWhoseTimeComes_isTakenThenWithoutAnotherChange() {
    var time = new AtomicReference<>(now);
    TlsFiles files = TlsFiles.read(chain, key, null, time::get, null);
    Instant from = now.plusSeconds(300);
    SERVERS.issue(from, from.plusSeconds(600), TestAuthority.loopback()).write(chain, key);
    files.look();
    files.look();
    assertEquals(1, files.problems());
    assertEquals(first.certificate().getNotAfter().toInstant(), files.expires());

    time.set(from.plusSeconds(1));
    files.look();

    assertEquals(from.plusSeconds(600).getEpochSecond(), files.expires().getEpochSecond());
    assertEquals(1, files.problems());
  }

  @Test
  void open_changedFiles_areFoundWithoutBeingTold() {
    TlsFiles files = opened.add(TlsFiles.open(chain, key, clientCas));
    TlsPort port = open(files);

    second.write(chain, key);

    long end = System.nanoTime() + FOUND_WITHIN.toNanos();
    while (!port.serverCertificate(SERVERS).equals(second.certificate())) {
      assertTrue(System.nanoTime() - end < 0, "the new certificate is not found");
    }
  }

  @ParameterizedTest
  @CsvSource({"RSA, 2048", "EC, 256", "EC, 384"})
  void open_kindOfKey_serves(String algorithm, int bits) {
    TestAuthority.Issued issued =
        SERVERS.issue(
            algorithm, bits, now.minusSeconds(60), now.plusSeconds(600), TestAuthority.loopback());
    issued.write(chain, key);

    assertEquals(issued.certificate(), open(read(null, null)).serverCertificate(SERVERS));
  }

  @Test
  void open_filesAsToolsWriteThem_areRead() throws IOException {
    Files.writeString(
        chain,
        "Subject: CN=leaf -- made for a test\r\n"
            + TestAuthority.pem(first.certificate()).replace("\n", "\r\n")
            + "# its issuer\n"
            + TestAuthority.pem(SERVERS.certificate()));
    Files.writeString(key, "Bag Attributes\n" + first.keyPem());

    assertEquals(first.certificate(), open(read(null, null)).serverCertificate(SERVERS));
  }

  @ParameterizedTest
  @CsvSource({
    "cut, 'CHAIN is damaged: a part of it has no end'",
    "no PEM, 'there is no certificate in CHAIN'",
    "not there, 'there is no file KEY'",
    "empty, 'there is no private key in KEY'",
    "directory, 'KEY cannot be read: Is a directory'",
    "key of another, 'the key in KEY does not belong to the certificate in CHAIN'",
    "key of another kind, 'the key in KEY does not belong to the certificate in CHAIN'",
    "older key, 'the key in KEY is not PKCS#8. `openssl pkcs8 -topk8 -nocrypt` makes it so'",
    "encrypted, 'the key in KEY is encrypted: the server has nobody to ask for its password'",
    "bad key, 'the key in KEY cannot be read, or is of a kind other than RSA and EC'",
    "two keys, 'there is more than one private key in KEY'",
    "bad certificate, 'a certificate in CHAIN cannot be read'",
    "no CA, 'there is no certificate in CAS'",
    "huge, 'CAS has more than 1,048,576 bytes'",
  })
  void open_badFiles_saysWhatIsWrongWithWhich(String how, String message) {
    spoil(how);

    CommandFailedException e =
        assertThrows(CommandFailedException.class, () -> read(clientCas, null));

    assertEquals(
        message
            .replace("CHAIN", chain.toString())
            .replace("KEY", key.toString())
            .replace("CAS", clientCas.toString()),
        e.getMessage());
  }

  @Test
  void open_certificateNotValidNow_saysUntilAndFromWhen() {
    Instant past = now.minusSeconds(60).truncatedTo(ChronoUnit.SECONDS);
    Instant future = now.plusSeconds(600).truncatedTo(ChronoUnit.SECONDS);

    SERVERS.issue(past.minusSeconds(60), past).write(chain, key);
    assertEquals(
        "the certificate in " + chain + " has expired at " + past,
        assertThrows(CommandFailedException.class, () -> read(null, null)).getMessage());
    SERVERS.issue(future, future.plusSeconds(60)).write(chain, key);
    assertEquals(
        "the certificate in " + chain + " is not valid before " + future,
        assertThrows(CommandFailedException.class, () -> read(null, null)).getMessage());
  }

  /** Neither in a message nor in what it was caused by. */
  @ParameterizedTest
  @ValueSource(strings = {"bad key", "two keys", "older key", "key cut", "key not Base64"})
  void open_badKey_neverTellsIt(String how) throws IOException {
    spoil(how);
    String secret = Files.readAllLines(key).get(1);

    CommandFailedException e =
        assertThrows(CommandFailedException.class, () -> read(clientCas, null));

    var trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    assertFalse(trace.toString().contains(secret.substring(0, 16)), trace.toString());
    assertFalse(PemFile.read(key).toString().contains(secret.substring(0, 16)));
  }

  @ParameterizedTest
  @CsvSource({"rw-------, false", "rw-r-----, false", "rw-r--r--, true"})
  void isOpenToOthers_rightsOfTheKey_areSeen(String rights, boolean open) throws IOException {
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(rights));

    assertEquals(open, TlsFiles.isOpenToOthers(key));
  }

  private TlsFiles read(@Nullable Path cas, @Nullable SslProvider provider) {
    return TlsFiles.read(chain, key, cas, InstantSource.system(), provider);
  }

  private TlsPort open(TlsFiles files) {
    return opened.add(new TlsPort(files));
  }

  private void spoil(String how) {
    try {
      String keyText = first.keyPem();
      switch (how) {
        case "cut" -> Files.writeString(chain, Files.readString(chain).substring(0, 300));
        case "no PEM" -> Files.writeString(chain, "certificate");
        case "bad certificate" ->
            Files.writeString(
                chain, "-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n");
        case "empty" -> Files.writeString(key, "");
        case "not there" -> Files.delete(key);
        case "directory" -> {
          Files.delete(key);
          Files.createDirectory(key);
        }
        case "key of another" -> Files.writeString(key, SERVERS.issue().keyPem());
        case "key of another kind" ->
            Files.writeString(key, SERVERS.issue("RSA", 2048, now, now.plusSeconds(9)).keyPem());
        case "older key" -> Files.writeString(key, first.oldKeyPem());
        case "encrypted" ->
            Files.writeString(key, keyText.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
        case "bad key" -> Files.writeString(key, keyText.replaceFirst("\nM.", "\nAA"));
        case "two keys" -> Files.writeString(key, keyText + keyText);
        case "key cut" -> Files.writeString(key, keyText.substring(0, 120));
        case "key not Base64" ->
            Files.writeString(key, keyText.replace("\n-----END", "=A\n-----END"));
        case "expired" ->
            SERVERS
                .issue(now.minusSeconds(7200), now.minusSeconds(60), TestAuthority.loopback())
                .write(chain, key);
        case "no CA" -> Files.writeString(clientCas, "");
        case "huge" -> Files.writeString(clientCas, " ".repeat(PemFile.BYTES_MAX + 1));
        default -> throw new IllegalArgumentException(how);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
