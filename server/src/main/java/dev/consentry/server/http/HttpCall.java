package dev.consentry.server.http;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request and the way to answer it: once, from any thread. A second answer counts for nothing.
 */
public interface HttpCall {
  /** As sent: {@code GET} is not {@code get}. */
  String method();

  /** As sent, without the query: no escape is decoded. Starts with {@code /}. */
  String path();

  /** What follows the first {@code ?}, as sent; null if there is none. */
  @Nullable String query();

  /** All values, in their order, each field line one; empty if there are none. */
  List<String> headers(String name);

  /** The names of all, as sent; one that comes twice is there twice. */
  List<String> headerNames();

  /** Of the client, verified; null if it showed none, and over plain text. */
  @Nullable X509Certificate certificate();

  /**
   * Reads the whole body, which may be empty. A body that is too large, malformed or too slow is
   * answered here (413, 400, 408), and nobody hears of it.
   *
   * @param bytesMax see {@link HttpLimits#BODY_BYTES_MAX}
   * @param then on the event loop: must not block
   */
  void readBody(int bytesMax, Consumer<byte[]> then);

  /** Goes out with whatever this call is answered from now on, by whomever. */
  void always(HttpHeader header);

  /**
   * Answers. {@code Cache-Control: no-store} and {@code Content-Length} are added.
   *
   * @param status 200 to 599
   * @param body what a GET would be answered: it does not go out for a HEAD, nor with a 204
   */
  void answer(int status, List<HttpHeader> headers, byte[] body);

  /** Answers with a problem (RFC 9457) that says no more than the status. */
  default void refuse(int status, HttpHeader... headers) {
    Problem.of(status).answer(this, headers);
  }
}
