package dev.consentry.server.security;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A JWK set that the issuer publishes. Redirects are not followed: they would choose the keys. */
final class JwksUrl implements JwksSource {
  /** From the connection to the last byte. */
  static final Duration TIMEOUT = Duration.ofSeconds(5);

  static final Pace PACE =
      new Pace(Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofHours(1));

  private static final int OK = 200;

  private final URI uri;
  private final Duration timeout;
  private final HttpClient client;

  JwksUrl(URI uri, Duration timeout) {
    this.uri = uri;
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .build();
  }

  @Override
  public String read() throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(timeout)
            .header("Accept", "application/jwk-set+json, application/json")
            .build();
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(
            request,
            BodyHandlers.limiting(BodyHandlers.ofString(StandardCharsets.UTF_8), SET_BYTES_MAX));
    try {
      /* The timeout of a request ends with the header of the answer, this one with its body. */
      HttpResponse<String> response = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      if (response.statusCode() != OK) {
        throw new IOException("answers with status " + response.statusCode());
      }
      return response.body();
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("did not answer within " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(problem(e.getCause()), e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("was not waited for", e);
    }
  }

  private static String problem(@Nullable Throwable cause) {
    return switch (cause) {
      case ConnectException _ -> "cannot be connected to";
      case SSLException tls -> "cannot be trusted: " + tls.getMessage();
      /* Its text may be the issuer's own. */
      case null, default ->
          "cannot be read" + (cause == null ? "" : ": " + cause.getClass().getSimpleName());
    };
  }

  @Override
  public Pace pace() {
    return PACE;
  }

  /** Without a query, which may hold a secret. */
  @Override
  public String name() {
    String text = uri.toString();
    int query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
