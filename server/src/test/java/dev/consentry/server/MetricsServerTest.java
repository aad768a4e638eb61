package dev.consentry.server;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.consentry.client.ConsentryClient;
import dev.consentry.server.config.ConfigReader;
import dev.consentry.server.config.ListenAddress;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.metrics.Metrics.Format;
import dev.consentry.server.metrics.PrometheusText;
import dev.consentry.server.postgres.FaultProxy;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What whole servers measure of themselves. */
final class MetricsServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final double MAX_STALENESS_SECONDS = 0.5;

  /** Of what only a server with credentials, or with doors, has. */
  private static final Set<Metric> OF_OTHERS =
      EnumSet.of(Metric.CREDENTIAL_PROBLEMS, Metric.CERTIFICATE_EXPIRY, Metric.GATEWAY_REQUESTS);

  @TempDir private Path directory;

  private ConsentryServer start(Map<String, String> others) {
    var flags =
        new HashMap<>(Map.of("--listen", "127.0.0.1:0", "--http", "off", "--warm-up", "0s"));
    flags.putAll(others);
    return ConsentryServer.start(
        ConfigReader.read(flags, List.of(), Map.of(), Runtime.getRuntime().maxMemory()),
        "1.2.3",
        _ -> {});
  }

  private static PrometheusText scrape(ConsentryServer server) {
    return PrometheusText.parse(server.metrics().scrape(Format.TEXT));
  }

  /** As Prometheus gets it. */
  private static PrometheusText page(ConsentryServer server) throws Exception {
    var address = requireNonNull(server.httpAddress());
    var uri = URI.create("http://%s/metrics".formatted(ListenAddress.text(address)));
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(uri)
              .version(HttpClient.Version.HTTP_1_1)
              .timeout(PATIENCE)
              .build();
      return PrometheusText.parse(client.send(request, BodyHandlers.ofString()).body());
    }
  }

  private static PrometheusText scrapeUntil(
      ConsentryServer server, String what, Predicate<PrometheusText> condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      PrometheusText text = scrape(server);
      if (condition.test(text)) {
        return text;
      }
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
    return fail("still not so: " + what);
  }

  /** Grants, asks, revokes and asks again: two loads at most, and one decision of each kind. */
  private static void live(ConsentryServer server) {
    try (var client = ConsentryClient.connect(ListenAddress.text(server.address()))) {
      var app =
          App.newBuilder()
              .setAppId("mail")
              .setDisplayName("Mail")
              .addRequiredScopes(AppScope.newBuilder().setName("mail.read"));
      var _ = client.apps().put(PutAppRequest.newBuilder().setApp(app).build());
      var _ =
          client
              .grants()
              .grant(
                  GrantRequest.newBuilder()
                      .setAccountId("acme")
                      .setAppId("mail")
                      .setManifestVersion(1)
                      .build());
      assertTrue(client.check("acme", "mail", "mail.read").allowed());
      assertTrue(client.check("acme", "mail", "mail.read").allowed());
      var _ =
          client
              .grants()
              .revoke(RevokeRequest.newBuilder().setAccountId("acme").setAppId("mail").build());
      assertTrue(!client.check("acme", "mail", "mail.read").allowed());
    }
  }

  private static void assertLived(PrometheusText text) {
    assertEquals(2, text.value(Metric.DECISIONS, "allow", "granted"));
    assertEquals(1, text.value(Metric.DECISIONS, "deny", "grant_revoked"));
    assertEquals(0, text.value(Metric.DECISIONS, "deny", "no_grant"));
    assertEquals(2, text.value(Metric.HITS));
    assertEquals(1, text.value(Metric.MISSES));
    assertEquals(1, text.value(Metric.LOADS));
    assertEquals(0, text.value(Metric.FAILED_LOADS));
    assertEquals(1, text.value(Metric.TABLE_ENTRIES, "grant"));
    assertTrue(text.value(Metric.TABLE_BYTES) > 100);
    assertEquals(3, text.value(Metric.REVISION), "app, grant, revoke");
    assertEquals(1, text.count(Metric.REVOCATION_VISIBLE));
    assertEquals(1, text.value(Metric.READY));
    assertEquals(1, text.value(Metric.BUILD_INFO, "1.2.3"));
  }

  @Test
  void metrics_embeddedStore_areOfWhatHappened() throws Exception {
    ConsentryServer server = start(Map.of("--store", "memory", "--http", "127.0.0.1:0"));
    try {
      live(server);
      PrometheusText text = page(server);
      assertEquals(1, text.value(Metric.CONNECTIONS_OPEN, "http"), "the one that asks");
      assertLived(text);
      assertEquals(0, text.value(Metric.STALENESS), "the only writer tells at once");
    } finally {
      server.stop(Duration.ZERO);
    }
    assertEquals(0, scrape(server).value(Metric.READY), "it has stopped");
  }

  @Test
  void metrics_postgresThatFallsSilent_showHowStaleItIs() {
    try (var network = new FaultProxy(PostgresServer.shared().port())) {
      String url = PostgresServer.through(network.port(), PostgresServer.shared().newDatabase());
      ConsentryServer server =
          start(
              Map.of(
                  "--store",
                  url,
                  "--max-staleness",
                  "500ms",
                  "--poll-interval",
                  "20ms",
                  "--decision-log",
                  directory.resolve("decisions.log").toString()));
      try {
        live(server);
        PrometheusText text = scrape(server);
        assertLived(text);
        assertTrue(text.value(Metric.POLLS) > 0);
        assertEquals(0, text.value(Metric.LAG));
        assertEquals(MAX_STALENESS_SECONDS, text.value(Metric.STALENESS_MAX));
        Set<String> expected =
            EnumSet.complementOf(EnumSet.copyOf(OF_OTHERS)).stream()
                .map(Metric::text)
                .collect(Collectors.toSet());
        assertEquals(expected, text.types().keySet(), "all that such a server has");
        network.fallSilent();
        PrometheusText closed =
            scrapeUntil(server, "not ready", now -> now.value(Metric.READY) == 0);
        double staleness = closed.value(Metric.STALENESS);
        assertTrue(staleness > MAX_STALENESS_SECONDS, () -> "only " + staleness);
        var _ =
            scrapeUntil(
                server,
                "it goes on rising",
                now -> now.value(Metric.STALENESS) > staleness + MAX_STALENESS_SECONDS);
      } finally {
        network.heal();
        network.breakSilent();
        server.stop(Duration.ZERO);
      }
    }
  }
}
