package dev.consentry.server.security;

import java.io.IOException;
import java.time.Duration;

/** Where a JWK set is read from. */
interface JwksSource extends AutoCloseable {
  /** No set of {@link IssuerKeys#KEYS_MAX} keys is as long. */
  int SET_BYTES_MAX = 256 * 1024;

  /**
   * Waits for a bounded time.
   *
   * @throws IOException whose text says what is wrong
   */
  String read() throws IOException;

  Pace pace();

  /** For a message; without what may be secret. */
  String name();

  @Override
  void close();

  /**
   * How often it is read.
   *
   * @param every for so long a set is good when it was read
   * @param pause between the beginnings of two reads, whatever there is to know
   * @param tolerance for so long a set is used when it cannot be read again
   */
  record Pace(Duration every, Duration pause, Duration tolerance) {}
}
