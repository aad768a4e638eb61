package dev.consentry.server.security;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A secret that names its owner: {@link #PREFIX}, then 256 random bits. Its text is shown once, to
 * whoever asked for it; the server keeps its {@link TokenHash}.
 */
public final class PresharedToken {
  /** Tells a preshared token from any other, to us and to those who scan for leaked secrets. */
  public static final String PREFIX = "cst_";

  static final int RANDOM_BYTES = 32;

  /** The random bytes in base64url, without padding. */
  private static final Pattern FORM = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");

  private static final Pattern ANYWHERE = Pattern.compile(PREFIX + "[A-Za-z0-9_-]+");

  private final String text;

  private PresharedToken(String text) {
    this.text = text;
  }

  /** A new one. */
  public static PresharedToken make(SecureRandom random) {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    return new PresharedToken(
        PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** Whether a text could be one. Nothing else is ever hashed, so a password cannot be listed. */
  static boolean isWellFormed(String text) {
    return FORM.matcher(text).matches();
  }

  /** A text without the tokens that stand in it. */
  static String hiddenIn(String text) {
    return ANYWHERE.matcher(text).replaceAll(PREFIX + "…");
  }

  /** The secret. */
  public String secret() {
    return text;
  }

  /** What a file of callers says of it: 64 hex digits. */
  public String sha256() {
    return TokenHash.of(text).hex();
  }

  /** Not the secret. */
  @Override
  public String toString() {
    return PREFIX + "…";
  }
}
