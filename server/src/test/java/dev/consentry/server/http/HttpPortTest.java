package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

final class HttpPortTest {
  @Test
  void livez_boundPort_isAnsweredInBothVersions() throws Exception {
    try (var port =
            HttpPort.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                null,
                HttpLimits.DEFAULT,
                Probes.routes(() -> true));
        var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:" + port.address().getPort() + "/livez");
      for (var version : HttpClient.Version.values()) {
        if (version == HttpClient.Version.HTTP_1_1 || version == HttpClient.Version.HTTP_2) {
          var answer =
              client.send(
                  HttpRequest.newBuilder(uri).version(version).build(), BodyHandlers.ofString());
          assertEquals("live\n", answer.body(), answer.headers().toString());
          assertEquals(200, answer.statusCode());
          System.err.println(answer.version() + " " + answer.headers());
        }
      }
    }
  }
}
