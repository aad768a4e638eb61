package dev.consentry.server.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JWS in compact form (RFC 7515 §7.1), taken apart. Nothing in it is to be believed yet.
 *
 * <p>Of the header these three are read and no others: a token does not say where its key is to be
 * found ({@code jku}, {@code jwk}, {@code x5u}, {@code x5c}).
 *
 * @param type null if it has none
 * @param keyId null if it has none
 * @param signed what the signature is of
 */
record SignedToken(
    String algorithm,
    @Nullable String type,
    @Nullable String keyId,
    String signed,
    String payload,
    String signature) {
  static final int TOKEN_CHARS_MAX = 8 * 1024;
  static final int HEADER_CHARS_MAX = 2 * 1024;

  /**
   * Looks at no more of the token than its length, if that is too much.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated}
   */
  static SignedToken parse(String token) {
    requireLength(token);
    int first = token.indexOf('.');
    int second = token.indexOf('.', first + 1);
    if (first < 0 || second < 0 || !isBase64Url(token, first, second)) {
      throw noGood("the token is not a signed JWT in compact form");
    }
    if (first > HEADER_CHARS_MAX) {
      throw noGood("the header of the token is longer than " + HEADER_CHARS_MAX + " characters");
    }
    Map<String, Object> header = object(token.substring(0, first));
    /* Who does not understand what is critical must not accept it (RFC 7515 §4.1.11); b64 changes
     * what the signature is of (RFC 7797). */
    if (header.containsKey("crit") || header.containsKey("b64")) {
      throw noGood("the token demands an extension that is not understood");
    }
    String algorithm = text(header, "alg");
    if (algorithm == null) {
      throw noGood("the token names no algorithm");
    }
    return new SignedToken(
        algorithm,
        text(header, "typ"),
        text(header, "kid"),
        token.substring(0, second),
        token.substring(first + 1, second),
        token.substring(second + 1));
  }

  static void requireLength(String token) {
    if (token.length() > TOKEN_CHARS_MAX) {
      throw noGood("the token is longer than " + TOKEN_CHARS_MAX + " characters");
    }
  }

  boolean isSignedFor(JWSVerifier verifier) {
    try {
      return verifier.verify(
          new JWSHeader(JWSAlgorithm.parse(algorithm)),
          signed.getBytes(StandardCharsets.US_ASCII),
          new Base64URL(signature));
    } catch (JOSEException e) {
      return false;
    }
  }

  /**
   * What it says.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if it is no JSON object
   */
  Map<String, Object> claims() {
    return object(payload);
  }

  static RefusedException noGood(String problem) {
    return new RefusedException(new Refusal.Unauthenticated(problem));
  }

  private static boolean isBase64Url(String token, int first, int second) {
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letter && c != '-' && c != '_' && i != first && i != second) {
        return false;
      }
    }
    return true;
  }

  /** Nimbus reads strictly, and refuses objects nested in one another hundreds of times. */
  private static Map<String, Object> object(String part) {
    try {
      byte[] json = Base64.getUrlDecoder().decode(part);
      Map<String, Object> object =
          JSONObjectUtils.parse(new String(json, StandardCharsets.UTF_8), TOKEN_CHARS_MAX);
      if (object != null) {
        return object;
      }
    } catch (ParseException | IllegalArgumentException e) {
      // Its owner is told the same of all of them.
    }
    throw noGood("the token is not a JWT: its header or its claims are no JSON object");
  }

  private static @Nullable String text(Map<String, Object> header, String name) {
    if (!header.containsKey(name)) {
      return null;
    }
    if (header.get(name) instanceof String text) {
      return text;
    }
    throw noGood("the header of the token is malformed: `" + name + "` is no text");
  }
}
