package dev.consentry.server.http.authzen;

import static dev.consentry.server.http.authzen.AuthZenDoor.evaluation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.http.HttpLimits;
import dev.consentry.server.http.HttpPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The door behind the real port, over HTTP/1.1 and HTTP/2. */
final class AuthZenPortTest {
  private static final AuthZenDoor DOOR =
      AuthZenDoor.open().app("ledger", "read").grant("acme", "ledger", "read");
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String JSON = evaluation("ledger", "read", "acme");

  private static HttpPort port;

  @BeforeAll
  static void open() throws IOException {
    port =
        HttpPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            HttpLimits.DEFAULT,
            DOOR.routes());
  }

  @AfterAll
  static void close() {
    CLIENT.close();
    port.close();
    DOOR.close();
  }

  private static HttpRequest.Builder request(HttpClient.Version version, String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:%d%s".formatted(port.address().getPort(), path)))
        .version(version)
        .header("X-Request-ID", "r-1");
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
    assertEquals(List.of("r-1"), response.headers().allValues("X-Request-ID"), response::body);
    return response;
  }

  private static HttpResponse<String> post(HttpClient.Version version, String path, String json)
      throws IOException, InterruptedException {
    return send(
        request(version, path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json)));
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void port_everyEndpoint_answers(HttpClient.Version version)
      throws IOException, InterruptedException {
    HttpResponse<String> one = post(version, AuthZen.EVALUATION, JSON);
    assertEquals(200, one.statusCode());
    assertTrue(one.body().startsWith("{\"decision\":true,"), one::body);
    assertEquals(List.of("application/json"), one.headers().allValues("Content-Type"));
    assertEquals(List.of("no-store"), one.headers().allValues("Cache-Control"));
    assertEquals(
        200, post(version, AuthZen.EVALUATIONS, "{\"evaluations\":[" + JSON + "]}").statusCode());
    for (String path :
        List.of(AuthZen.SEARCH_SUBJECT, AuthZen.SEARCH_RESOURCE, AuthZen.SEARCH_ACTION)) {
      HttpResponse<String> found = post(version, path, JSON);
      assertEquals(200, found.statusCode());
      assertTrue(found.body().contains("\"count\":1"), found::body);
    }
    assertEquals(200, send(request(version, Discovery.WELL_KNOWN).GET()).statusCode());
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void port_bodyOfTheLargestSize_isReadAndOneByteMoreIsNot(HttpClient.Version version)
      throws IOException, InterruptedException {
    String start = JSON.substring(0, JSON.length() - 1) + ",\"x\":\"";
    int room = HttpLimits.BODY_BYTES_MAX - start.length() - "\"}".length();
    assertEquals(
        200, post(version, AuthZen.EVALUATION, start + "x".repeat(room) + "\"}").statusCode());
    HttpResponse<String> over =
        post(version, AuthZen.EVALUATION, start + "x".repeat(room + 1) + "\"}");
    assertEquals(413, over.statusCode());
    assertEquals(List.of("application/problem+json"), over.headers().allValues("Content-Type"));
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void port_errors_haveTheRequestsId(HttpClient.Version version)
      throws IOException, InterruptedException {
    assertEquals(400, post(version, AuthZen.EVALUATION, "{").statusCode());
    assertEquals(405, send(request(version, AuthZen.EVALUATION).GET()).statusCode());
    HttpResponse<String> text =
        send(
            request(version, AuthZen.EVALUATION)
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString(JSON)));
    assertEquals(400, text.statusCode());
  }
}
