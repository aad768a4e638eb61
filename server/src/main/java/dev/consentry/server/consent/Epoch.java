package dev.consentry.server.consent;

import dev.consentry.server.decision.InvalidValueException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Names one history. Revisions of different epochs say nothing about each other.
 *
 * @param value {@value #LENGTH} characters of base64url
 */
public record Epoch(String value) {
  public static final int LENGTH = 16;

  public Epoch {
    if (value.length() != LENGTH || !value.chars().allMatch(Epoch::isBase64Url)) {
      throw new InvalidValueException("must have 16 characters of base64url");
    }
  }

  /** An epoch nobody has had before: 96 random bits. */
  public static Epoch random(SecureRandom random) {
    byte[] bits = new byte[LENGTH * 6 / 8];
    random.nextBytes(bits);
    return new Epoch(Base64.getUrlEncoder().withoutPadding().encodeToString(bits));
  }

  private static boolean isBase64Url(int c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }
}
