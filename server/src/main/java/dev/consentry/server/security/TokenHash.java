package dev.consentry.server.security;

import dev.consentry.server.decision.InvalidValueException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of a token's text, which is all that the server keeps of it.
 *
 * <p>Looked up in a map, which tells by its time at most how far the hash of a guess agrees with
 * one that is listed. Whoever guesses cannot choose a hash, and a part of one, even the whole,
 * leads to no token: a preshared one has 256 random bits, a JWT a signature. Two hashes are
 * compared in constant time all the same. A digest kept for each thread would save a twentieth of
 * the time.
 */
public final class TokenHash {
  static final int HEX_DIGITS = 64;

  private final byte[] sha256;

  private TokenHash(byte[] sha256) {
    this.sha256 = sha256;
  }

  static TokenHash of(String token) {
    try {
      return new TokenHash(
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** As it stands in a file. Upper case means the same. */
  static TokenHash parse(String hex) {
    if (hex.length() != HEX_DIGITS || !hex.chars().allMatch(HexFormat::isHexDigit)) {
      // What stands there instead may be a secret.
      throw new InvalidValueException(
          "must be a SHA-256 of %d hex digits (what stands there is not shown: it may be a secret)"
              .formatted(HEX_DIGITS));
    }
    return new TokenHash(HexFormat.of().parseHex(hex));
  }

  String hex() {
    return HexFormat.of().formatHex(sha256);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TokenHash hash && MessageDigest.isEqual(sha256, hash.sha256);
  }

  @Override
  public int hashCode() {
    return ByteBuffer.wrap(sha256).getInt();
  }

  @Override
  public String toString() {
    return "sha256 " + hex();
  }
}
