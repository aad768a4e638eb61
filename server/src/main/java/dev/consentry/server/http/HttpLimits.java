package dev.consentry.server.http;

import java.time.Duration;

/**
 * What the port puts up with. The rest of its limits are the constants here.
 *
 * @param connectionsMax at once; one more is closed before a byte is read from it
 * @param requestsMax under way at once; one more is answered 503
 * @param idle how long a connection may rest, and a request wait for the next byte either way
 * @param headersTime from the first byte of a request to the end of its headers; for the first of a
 *     connection, from its opening: so the handshake of TLS is in it
 * @param bodyTime from the first look for a body to its end; and from an answer to the moment when
 *     the client has taken it
 */
public record HttpLimits(
    int connectionsMax, int requestsMax, Duration idle, Duration headersTime, Duration bodyTime) {
  /** Request line and headers. Gateways pass 60 KiB. */
  public static final int HEADER_BYTES_MAX = 64 << 10;

  /** Field lines. */
  public static final int HEADERS_MAX = 100;

  /** For services that need no other. */
  public static final int BODY_BYTES_MAX = 256 << 10;

  public static final int CONNECTIONS_MAX = 10_000;
  public static final int REQUESTS_MAX = 5_000;
  public static final Duration IDLE_TIME_MAX = Duration.ofSeconds(30);
  public static final Duration HEADERS_TIME_MAX = Duration.ofSeconds(5);
  public static final Duration BODY_TIME_MAX = Duration.ofSeconds(10);

  /** Requests at once on one connection of HTTP/2. */
  static final int STREAMS_PER_CONNECTION_MAX = 256;

  /**
   * Frames of HTTP/2 a second that make work and bring nothing: resets, pings, settings, empty ones
   * (CVE-2023-44487, CVE-2019-9511 and its like).
   */
  static final int USELESS_FRAMES_PER_SECOND_MAX = 100;

  public static final HttpLimits DEFAULT =
      new HttpLimits(CONNECTIONS_MAX, REQUESTS_MAX, IDLE_TIME_MAX, HEADERS_TIME_MAX, BODY_TIME_MAX);

  /** The same with another maximum of connections. */
  public HttpLimits withConnectionsMax(int max) {
    return new HttpLimits(max, requestsMax, idle, headersTime, bodyTime);
  }
}
