package dev.consentry.server.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/** A JWK set in a file, which may be replaced at any time. A broken one never ends the old one. */
record JwksFile(Path path) implements JwksSource {
  static final Pace PACE =
      new Pace(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofNanos(Long.MAX_VALUE));

  @Override
  public String read() throws IOException {
    try (var in = Files.newInputStream(path)) {
      byte[] set = in.readNBytes(SET_BYTES_MAX + 1);
      if (set.length > SET_BYTES_MAX) {
        throw new IOException("is longer than " + SET_BYTES_MAX + " bytes");
      }
      return new String(set, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new IOException("does not exist", e);
    }
  }

  @Override
  public Pace pace() {
    return PACE;
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public void close() {}
}
