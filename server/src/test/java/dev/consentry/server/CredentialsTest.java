package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.client.ConsentryClient;
import dev.consentry.client.ConsentryException;
import dev.consentry.server.config.ConfigReader;
import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.metrics.Metrics;
import dev.consentry.server.metrics.PrometheusText;
import dev.consentry.server.security.PresharedToken;
import dev.consentry.v1.Actor;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.Event;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.PutAppRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A whole server with TLS, asked by our own client with each kind of credential. */
final class CredentialsTest {
  private static final String ISSUER = "https://issuer.example";
  private static final String AUDIENCE = "consentry";
  private static final String CONSOLE = "spiffe://example.org/console";

  @TempDir private Path directory;

  private final TestAuthority servers = TestAuthority.named("servers");
  private final TestAuthority clients = TestAuthority.named("clients");
  private final PresharedToken gateway = PresharedToken.make(new SecureRandom());
  private ECKey issuerKey;
  private ConsentryServer server;
  private String address;

  @BeforeEach
  void start() throws Exception {
    issuerKey = new ECKeyGenerator(Curve.P_256).keyID("one").generate();
    Files.writeString(file("keys.json"), new JWKSet(issuerKey).toPublicJWKSet().toString());
    servers.write(file("servers.pem"));
    clients.write(file("clients.pem"));
    servers.issue(TestAuthority.loopback()).write(file("server.pem"), file("server.key"));
    clients.issue(TestAuthority.uri(CONSOLE)).write(file("console.pem"), file("console.key"));
    writeCallers(gateway);
    server = start(Map.of());
    address = ListenAddress.text(server.address());
  }

  @AfterEach
  void stop() {
    server.stop(Duration.ZERO);
  }

  private ConsentryServer start(Map<String, String> others) {
    var flags =
        new HashMap<>(
            Map.of(
                "--listen",
                "127.0.0.1:0",
                "--http",
                "off",
                "--store",
                "memory",
                "--warm-up",
                "0s",
                "--tls-cert",
                file("server.pem").toString(),
                "--tls-key",
                file("server.key").toString(),
                "--tls-client-ca",
                file("clients.pem").toString(),
                "--callers",
                file("callers.yaml").toString()));
    flags.putAll(
        Map.of(
            "--jwt-keys",
            file("keys.json").toString(),
            "--jwt-issuer",
            ISSUER,
            "--jwt-audience",
            AUDIENCE,
            "--jwt-algorithms",
            "ES256"));
    flags.putAll(others);
    return ConsentryServer.start(
        ConfigReader.read(flags, List.of(), Map.of(), Runtime.getRuntime().maxMemory()),
        "test",
        _ -> {});
  }

  private void writeCallers(PresharedToken token) throws IOException {
    Files.writeString(
        file("callers.yaml"),
        """
        callers:
          - id: gateway
            tokens:
              - sha256: %s
            roles:
              - role: decider
          - spiffe: %s
            roles:
              - role: account-admin
                accounts: [acme]
        """
            .formatted(token.sha256(), CONSOLE));
  }

  @Test
  void calls_eachKindOfCredential_doWhatTheirOwnersMayAndLeaveTheirNames() throws Exception {
    try (ConsentryClient operator = client(with -> with.bearerToken(() -> jwt("ops", "operator")));
        ConsentryClient console =
            client(with -> with.clientCertificate(file("console.pem"), file("console.key")));
        ConsentryClient decider = client(with -> with.bearerToken(gateway::secret))) {
      var _ =
          operator
              .apps()
              .put(
                  PutAppRequest.newBuilder()
                      .setApp(
                          App.newBuilder()
                              .setAppId("mail")
                              .setDisplayName("Mail")
                              .addRequiredScopes(AppScope.newBuilder().setName("mail.read")))
                      .build());
      var _ = console.grants().grant(grant("acme"));
      assertTrue(decider.check("acme", "mail", "mail.read").allowed());
      assertRefused(Status.Code.PERMISSION_DENIED, () -> console.grants().grant(grant("globex")));
      assertRefused(
          Status.Code.PERMISSION_DENIED, () -> console.check("acme", "mail", "mail.read"));
      assertRefused(Status.Code.PERMISSION_DENIED, () -> decider.grants().grant(grant("acme")));
      List<String> actors =
          operator
              .history()
              .events(ListEventsRequest.newBuilder().setOldestFirst(true).build())
              .stream()
              .map(Event::getActor)
              .map(Actor::getPrincipal)
              .toList();
      assertEquals(List.of("jwt:ops", CONSOLE), actors);
      PrometheusText text = PrometheusText.parse(server.metrics().scrape(Metrics.Format.TEXT));
      for (String source : List.of("tls", "callers", "jwt")) {
        assertEquals(0, text.value(Metric.CREDENTIAL_PROBLEMS, source));
      }
      double secondsLeft = text.value(Metric.CERTIFICATE_EXPIRY) - System.currentTimeMillis() / 1e3;
      assertTrue(secondsLeft > 0 && secondsLeft < Duration.ofDays(36_500).toSeconds());
      assertEquals(3, text.value(Metric.ERRORS, "not_allowed"));
    }
  }

  @Test
  void check_noCredential_isUnauthenticatedThoughTheConnectionIsThere() {
    try (ConsentryClient nobody = client(with -> with)) {
      assertRefused(Status.Code.UNAUTHENTICATED, () -> nobody.check("acme", "mail", "mail.read"));
      var health = HealthGrpc.newBlockingStub(nobody.channel());
      assertEquals(
          "SERVING",
          health.check(HealthCheckRequest.getDefaultInstance()).getStatus().name(),
          "a balancer asks without credentials");
    }
  }

  /** A proxy's own certificate says nothing of the caller whose token it passes on. */
  @Test
  void check_badTokenOnAGoodCertificate_isUnauthenticated() {
    try (ConsentryClient both =
        client(with ->
            with.clientCertificate(file("console.pem"), file("console.key"))
                .bearerToken(() -> "cst_" + "A".repeat(43)))) {
      assertRefused(Status.Code.UNAUTHENTICATED, () -> both.grants().get("acme", "mail"));
    }
  }

  /** A file that changes counts on connections that are open. */
  @Test
  void callers_tokenTakenOutOfTheFile_isRefusedOnTheSameConnection() throws Exception {
    try (ConsentryClient decider = client(with -> with.bearerToken(gateway::secret))) {
      assertEquals(false, decider.check("acme", "mail", "mail.read").allowed());
      writeCallers(PresharedToken.make(new SecureRandom()));
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      Status.Code code = Status.Code.OK;
      while (code == Status.Code.OK && System.nanoTime() < deadline) {
        try {
          var _ = decider.check("acme", "mail", "mail.read");
        } catch (ConsentryException e) {
          code = e.code();
        }
      }
      assertEquals(Status.Code.UNAUTHENTICATED, code);
    }
  }

  @Test
  void reflection_turnedOff_isNotServed() {
    server.stop(Duration.ZERO);
    server = start(Map.of("--reflection", "off"));
    address = ListenAddress.text(server.address());
    try (ConsentryClient decider = client(with -> with.bearerToken(gateway::secret))) {
      var call = ServerReflectionGrpc.newBlockingV2Stub(decider.channel()).serverReflectionInfo();
      StatusException end = assertThrows(StatusException.class, call::read);
      assertEquals(Status.Code.UNIMPLEMENTED, end.getStatus().getCode());
    }
  }

  private static GrantRequest grant(String account) {
    return GrantRequest.newBuilder()
        .setAccountId(account)
        .setAppId("mail")
        .setManifestVersion(1)
        .setRequestId(UUID.randomUUID().toString())
        .build();
  }

  private static void assertRefused(Status.Code code, Executable call) {
    assertEquals(code, assertThrows(ConsentryException.class, call).code());
  }

  private String jwt(String subject, String role) {
    var now = Instant.now();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .subject(subject)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plusSeconds(300)))
            .claim("roles", List.of(role))
            .build();
    var token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .keyID("one")
                .type(new JOSEObjectType("at+jwt"))
                .build(),
            claims);
    try {
      token.sign(new ECDSASigner(issuerKey));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }

  private ConsentryClient client(UnaryOperator<ConsentryClient.Builder> with) {
    return with.apply(ConsentryClient.builder(address).caCertificates(file("servers.pem"))).build();
  }

  private Path file(String name) {
    return directory.resolve(name);
  }
}
