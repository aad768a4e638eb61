package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.metrics.Counters;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.metrics.Metrics;
import dev.consentry.server.metrics.PrometheusText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class MetricsPageTest {
  private static final long SECONDS_MAX = 20;

  private final Metrics metrics = new Metrics(new Counters()::measures, Map.of(), Map.of());
  private final HttpClient client = HttpClient.newHttpClient();

  private HttpPort open(Executor executor) throws Exception {
    return HttpPort.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        null,
        HttpLimits.DEFAULT,
        List.of(
            new HttpRoute("/metrics", Set.of("GET", "HEAD"), new MetricsPage(metrics, executor))));
  }

  private CompletableFuture<HttpResponse<String>> ask(
      HttpPort port, String method, String... headers) {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/metrics".formatted(port.address().getPort())))
            .version(HttpClient.Version.HTTP_1_1)
            .timeout(Duration.ofSeconds(SECONDS_MAX))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.sendAsync(request.build(), BodyHandlers.ofString());
  }

  @Test
  void get_whatIsAsked_isItsForm() throws Exception {
    try (var port = open(Thread::startVirtualThread)) {
      HttpResponse<String> text = ask(port, "GET").join();
      assertEquals(200, text.statusCode());
      assertEquals(
          "text/plain; version=0.0.4; charset=utf-8",
          text.headers().firstValue("content-type").orElse(""));
      assertEquals(
          0, PrometheusText.parse(text.body()).value(Metric.DECISIONS, "allow", "granted"));
      HttpResponse<String> open =
          ask(port, "GET", "Accept", "application/openmetrics-text; version=1.0.0").join();
      assertEquals(
          "application/openmetrics-text; version=1.0.0; charset=utf-8",
          open.headers().firstValue("content-type").orElse(""));
      assertTrue(open.body().endsWith("# EOF\n"));
      HttpResponse<String> head = ask(port, "HEAD").join();
      assertEquals(200, head.statusCode());
      assertEquals("", head.body());
      assertEquals(405, ask(port, "POST").join().statusCode());
    }
  }

  @Test
  void get_moreAtOnceThanThereArePlaces_isRefusedUntilThereAre() throws Exception {
    BlockingQueue<Runnable> kept = new LinkedBlockingQueue<>();
    try (var port = open(kept::add)) {
      var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      var tasks = new ArrayList<Runnable>();
      for (int i = 0; i < MetricsPage.SCRAPES_MAX; i++) {
        answers.add(ask(port, "GET"));
        tasks.add(kept.poll(SECONDS_MAX, TimeUnit.SECONDS));
      }
      HttpResponse<String> refused = ask(port, "GET").join();
      assertEquals(503, refused.statusCode());
      assertEquals("1", refused.headers().firstValue("retry-after").orElse(""));
      assertFalse(answers.stream().anyMatch(CompletableFuture::isDone));
      tasks.forEach(Runnable::run);
      for (var answer : answers) {
        assertEquals(200, answer.get(SECONDS_MAX, TimeUnit.SECONDS).statusCode());
      }
      answers.add(ask(port, "GET"));
      Runnable next = kept.poll(SECONDS_MAX, TimeUnit.SECONDS);
      assertTrue(next != null, "there is a place again");
      next.run();
      assertEquals(200, answers.getLast().get(SECONDS_MAX, TimeUnit.SECONDS).statusCode());
    }
  }
}
