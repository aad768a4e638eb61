package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.consentry.server.door.TestGateway;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.rpc.TestServer;
import dev.consentry.server.security.Callers;
import dev.consentry.server.security.CallersFile;
import dev.consentry.server.security.PresharedToken;
import dev.consentry.server.security.TestAuthority;
import dev.consentry.server.security.TestAuthority.Issued;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask at {@code /authz/}, over TLS, by certificate or token. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ForwardAuthCallersTest {
  private static final String SECTION =
      """
      gateway:
        doors:
          mtls: { kind: forward-auth, family: x-original, caller: mtls, subject: { source: headers, app: x-app, account: x-account }, scopes: [read] }
          token: { kind: forward-auth, family: x-original, caller: token, subject: { source: headers, app: x-app, account: x-account }, scopes: [read] }
          edge: { kind: ext_authz, subject: { source: fixed }, scopes: gateway }
      """;

  private static final PresharedToken DECIDER = PresharedToken.make(new SecureRandom());
  private static final PresharedToken VIEWER = PresharedToken.make(new SecureRandom());
  private static final String APPS = "authorization";
  private static final String GATEWAYS = "consentry-authorization";

  private final ExecutorService virtualThreads = Executors.newVirtualThreadPerTaskExecutor();
  private final TestAuthority authority = TestAuthority.create("gateways");
  private final Issued listed = authority.request().uri("spiffe://example.com/gateway").issue();
  private final Issued unlisted = authority.request().uri("spiffe://example.com/other").issue();
  private final TestServer server = TestServer.start();
  private final List<HttpClient> clients = new ArrayList<>();
  private TestGateway gateway;
  private HttpPort port;
  private HttpClient without;
  private HttpClient withListed;
  private HttpClient withUnlisted;
  private volatile UnaryOperator<HttpCall> change = call -> call;

  @BeforeAll
  void open(@TempDir Path folder) throws IOException, GeneralSecurityException {
    server.putApp("mail", List.of("read"), List.of());
    server.grant("acme", "mail");
    server.grant("globex", "mail");
    gateway = new TestGateway(SECTION, new Around(true, true), folder);
    Path callers =
        Files.writeString(
            folder.resolve("callers.yaml"),
            """
            callers:
              - spiffe: spiffe://example.com/gateway
                roles: [{role: decider}]
              - id: decider
                tokens: [{sha256: %s}]
                roles: [{role: decider, accounts: [acme]}]
              - id: viewer
                tokens: [{sha256: %s}]
                roles: [{role: viewer}, {role: operator}, {role: account-admin}]
            """
                .formatted(DECIDER.sha256(), VIEWER.sha256()));
    var asking =
        new HttpCallers(
            new Callers(CallersFile.read(callers), InstantSource.system()), virtualThreads);
    var service =
        new ForwardAuth(gateway, server.open(gateway, gateway.tokens()), asking, virtualThreads);
    Issued own = authority.request().ip("127.0.0.1").issue();
    HttpTls tls =
        HttpTls.of(List.of(own.certificate()), own.key(), List.of(authority.certificate()));
    port =
        HttpPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            () -> tls,
            HttpLimits.DEFAULT,
            List.of(
                new HttpRoute(
                    ForwardAuth.PATH,
                    service.route().methods(),
                    call -> service.answer(change.apply(call)))));
    without = client(null);
    withListed = client(listed);
    withUnlisted = client(unlisted);
  }

  @AfterAll
  void close() {
    clients.forEach(HttpClient::close);
    port.close();
    server.close();
    gateway.close();
    virtualThreads.close();
  }

  /** A way to call, and what comes of it. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares two of them.
  private record Case(
      String name,
      HttpClient client,
      String door,
      String account,
      String told,
      String... headers) {}

  private List<Case> cases() {
    String good = "Bearer " + DECIDER.secret();
    String viewer = "Bearer " + VIEWER.secret();
    return List.of(
        new Case("certificate", withListed, "mtls", "acme", "204"),
        new Case("certificate, other account", withListed, "mtls", "globex", "204"),
        new Case("certificate and any token", withListed, "mtls", "acme", "204", GATEWAYS, "x"),
        new Case("no certificate", without, "mtls", "acme", "503 UNAUTHENTICATED"),
        new Case("unlisted one", withUnlisted, "mtls", "acme", "403 NOT_ALLOWED"),
        new Case(
            "token for a certificate",
            without,
            "mtls",
            "acme",
            "503 UNAUTHENTICATED",
            GATEWAYS,
            good),
        new Case(
            "the app's header for a certificate",
            without,
            "mtls",
            "acme",
            "503 UNAUTHENTICATED",
            APPS,
            good),
        new Case("token", without, "token", "acme", "204", GATEWAYS, good),
        new Case("token and any certificate", withUnlisted, "token", "acme", "204", GATEWAYS, good),
        new Case(
            "token and anything for the app",
            without,
            "token",
            "acme",
            "204",
            GATEWAYS,
            good,
            APPS,
            "Bearer x",
            APPS,
            "Basic y"),
        new Case("no token", without, "token", "acme", "503 UNAUTHENTICATED"),
        new Case(
            "two tokens",
            without,
            "token",
            "acme",
            "503 UNAUTHENTICATED",
            GATEWAYS,
            good,
            GATEWAYS,
            good),
        new Case(
            "an unknown token",
            without,
            "token",
            "acme",
            "503 UNAUTHENTICATED",
            GATEWAYS,
            "Bearer x"),
        new Case(
            "another scheme",
            without,
            "token",
            "acme",
            "503 UNAUTHENTICATED",
            GATEWAYS,
            "Basic " + DECIDER.secret()),
        new Case("certificate for a token", withListed, "token", "acme", "503 UNAUTHENTICATED"),
        new Case(
            "the app's header for a token",
            without,
            "token",
            "acme",
            "503 UNAUTHENTICATED",
            APPS,
            good),
        new Case(
            "another account than the gateway's",
            without,
            "token",
            "globex",
            "403 NOT_ALLOWED",
            GATEWAYS,
            good),
        new Case("no decider", without, "token", "acme", "403 NOT_ALLOWED", GATEWAYS, viewer),
        new Case("no such door", without, "nothing", "acme", "503 UNAUTHENTICATED"),
        new Case("door of Envoy's", without, "edge", "acme", "503 UNAUTHENTICATED"),
        new Case(
            "no such door, for an app",
            without,
            "nothing",
            "acme",
            "503 UNAUTHENTICATED",
            APPS,
            good),
        new Case(
            "no such door, for a certificate",
            withListed,
            "nothing",
            "acme",
            "403 BAD_DOOR_CONFIGURATION"),
        new Case(
            "no such door, for a token",
            without,
            "nothing",
            "acme",
            "403 BAD_DOOR_CONFIGURATION",
            GATEWAYS,
            good),
        new Case(
            "door of Envoy's, for a token",
            without,
            "edge",
            "acme",
            "403 BAD_DOOR_CONFIGURATION",
            GATEWAYS,
            good));
  }

  @Test
  void answer_everyCaller_isLetInAsItsDoorSays() throws Exception {
    change = call -> call;
    for (Case one : cases()) {
      assertEquals(one.told(), told(one), one.name());
    }
  }

  @Test
  void answer_tokenForACertificate_isFound() throws Exception {
    assertLetsIn(call ->
        new ForwardedCall(call) {
          @Override
          public @Nullable X509Certificate certificate() {
            return headers(GATEWAYS).contains("Bearer " + DECIDER.secret())
                ? listed.certificate()
                : super.certificate();
          }
        });
  }

  @Test
  void answer_certificateForAToken_isFound() throws Exception {
    assertLetsIn(call ->
        new ForwardedCall(call) {
          @Override
          public List<String> headers(String name) {
            return name.equals(GATEWAYS) && listed.certificate().equals(certificate())
                ? List.of("Bearer " + DECIDER.secret())
                : super.headers(name);
          }
        });
  }

  @Test
  void answer_theAppsHeaderForTheGateways_isFound() throws Exception {
    assertLetsIn(call ->
        new ForwardedCall(call) {
          @Override
          public List<String> headers(String name) {
            List<String> own = super.headers(name);
            return name.equals(GATEWAYS) && own.isEmpty() ? super.headers(APPS) : own;
          }
        });
  }

  @Test
  void answer_firstOfTwoTokens_isFound() throws Exception {
    assertLetsIn(call ->
        new ForwardedCall(call) {
          @Override
          public List<String> headers(String name) {
            return super.headers(name).stream().limit(1).toList();
          }
        });
  }

  /** A mutant lets somebody in whom the rules keep out. */
  private void assertLetsIn(UnaryOperator<HttpCall> mutant) throws Exception {
    change = mutant;
    var let = new ArrayList<String>();
    for (Case one : cases()) {
      if (!one.told().startsWith("204") && told(one).startsWith("204")) {
        let.add(one.name());
      }
    }
    assertFalse(let.isEmpty(), "nobody is let in whom the rules keep out");
  }

  private String told(Case one) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "https://127.0.0.1:%d/authz/%s"
                        .formatted(port.address().getPort(), one.door())))
            .header("X-Original-Method", "GET")
            .header("X-Original-URI", "/x")
            .header("X-Original-Host", "api.example.com")
            .header("X-App", "mail")
            .header("X-Account", one.account());
    for (int i = 0; i < one.headers().length; i += 2) {
      request.header(one.headers()[i], one.headers()[i + 1]);
    }
    var response = one.client().send(request.build(), BodyHandlers.ofString());
    String body = response.body();
    return body.isEmpty()
        ? String.valueOf(response.statusCode())
        : response.statusCode() + " " + body.replaceAll(".*\"reason\":\"([A-Z_]*)\".*", "$1");
  }

  private HttpClient client(@Nullable Issued own) throws GeneralSecurityException, IOException {
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", authority.certificate());
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    var keys = KeyManagerFactory.getInstance("PKIX");
    var keyStore = KeyStore.getInstance("PKCS12");
    keyStore.load(null, null);
    if (own != null) {
      keyStore.setKeyEntry("own", own.key(), new char[0], new Certificate[] {own.certificate()});
    }
    keys.init(keyStore, new char[0]);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    clients.add(client);
    return client;
  }
}
