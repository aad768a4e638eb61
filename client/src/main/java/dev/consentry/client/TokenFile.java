package dev.consentry.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The token in a file, which may change at any time: it is looked at again when a token is needed,
 * at most once a second. What is in it is kept while the file is no good.
 */
final class TokenFile implements Supplier<String> {
  static final Duration LOOK_PAUSE = Duration.ofSeconds(1);

  private final Path file;
  private final LongSupplier nanoTime;
  private volatile String token;
  private volatile long lookedAt;

  /**
   * @throws IllegalArgumentException if there is no token in it
   */
  TokenFile(Path file, LongSupplier nanoTime) {
    this.file = file;
    this.nanoTime = nanoTime;
    this.lookedAt = nanoTime.getAsLong();
    this.token = read();
  }

  @Override
  public String get() {
    long now = nanoTime.getAsLong();
    if (now - lookedAt >= LOOK_PAUSE.toNanos()) {
      lookedAt = now;
      try {
        token = read();
      } catch (IllegalArgumentException e) {
        // What is there is no good yet, or no longer: the server says whether the old one still is.
      }
    }
    return token;
  }

  private String read() {
    String text = PemFile.text(file).strip();
    if (!BearerToken.isToken(text)) {
      throw new IllegalArgumentException(
          text.isEmpty()
              ? "there is no token in `" + file + "`"
              : "what is in `" + file + "` is no bearer token: one line of " + BearerToken.LETTERS);
    }
    return text;
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "TokenFile " + file;
  }
}
