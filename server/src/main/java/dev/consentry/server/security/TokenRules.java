package dev.consentry.server.security;

import static dev.consentry.server.security.SignedToken.noGood;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a token of one issuer must say, whoever it names (RFC 7519, RFC 8725, RFC 9068). Whether it
 * is signed, its {@link JwtKeys} tell.
 *
 * @param audiences one of them must be in {@code aud}
 * @param type {@link JwtSettings#NO_TYPE} for tokens that have none
 * @param bound whether a token may be bound to a key ({@code cnf}, RFC 7800), of which no proof is
 *     asked
 */
record TokenRules(
    String issuer, Set<String> audiences, Set<String> algorithms, String type, boolean bound) {
  /** By so much the clocks of issuer and server may differ. */
  static final Duration SKEW = Duration.ofSeconds(10);

  /** The end of the year 9999. */
  private static final long SECONDS_MAX = 253_402_300_799L;

  private static final int MILLIS = 1_000;
  private static final String MEDIA_TYPE = "application/";

  TokenRules {
    audiences = Set.copyOf(audiences);
    algorithms = Set.copyOf(algorithms);
  }

  /** For the token of a caller. */
  static TokenRules of(JwtSettings settings) {
    return new TokenRules(
        settings.issuer(),
        Set.of(settings.audience()),
        settings.algorithms(),
        settings.type(),
        true);
  }

  /** For the token of an app, which reaches us through others. */
  static TokenRules of(AppTokenSettings.Issuer issuer) {
    return new TokenRules(
        issuer.issuer(), issuer.audiences(), issuer.algorithms(), issuer.type(), false);
  }

  /**
   * Whether its signature is worth looking at.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated}
   */
  void requireHeader(SignedToken token) {
    if (!algorithms.contains(token.algorithm())) {
      throw noGood("the algorithm of the token is not accepted");
    }
    if (!isOfType(token.type())) {
      throw noGood("the token is of another type");
    }
  }

  /**
   * Whether a token that is well signed is for us, and for now.
   *
   * @return from when on it is no longer accepted
   * @throws RefusedException {@link Refusal.Unauthenticated}
   */
  Instant requireClaims(Map<String, Object> claims, Instant now) {
    if (!issuer.equals(claims.get("iss"))) {
      throw noGood("the token is of another issuer");
    }
    if (!isForUs(claims.get("aud"))) {
      throw noGood("the token is for another audience");
    }
    Instant until = time(claims, "exp").plus(SKEW);
    if (!now.isBefore(until)) {
      throw noGood("the token has expired");
    }
    Instant latest = now.plus(SKEW);
    if (time(claims, "iat").isAfter(latest)) {
      throw noGood("the token was issued in the future");
    }
    if (claims.containsKey("nbf") && time(claims, "nbf").isAfter(latest)) {
      throw noGood("the token is not valid yet");
    }
    if (!bound && claims.containsKey("cnf")) {
      throw noGood("the token is bound to a key (cnf), whose proof is not seen here");
    }
    return until;
  }

  /** RFC 9068 §4, RFC 7515 §4.1.9: a media type, whose case means nothing. */
  private boolean isOfType(@Nullable String given) {
    if (given == null || type.equals(JwtSettings.NO_TYPE)) {
      return given == null && type.equals(JwtSettings.NO_TYPE);
    }
    return given.equalsIgnoreCase(type) || given.equalsIgnoreCase(MEDIA_TYPE + type);
  }

  /** RFC 7519 §4.1.3: one text, or a list. */
  private boolean isForUs(@Nullable Object claim) {
    for (String audience : audiences) {
      if (audience.equals(claim) || (claim instanceof List<?> list && list.contains(audience))) {
        return true;
      }
    }
    return false;
  }

  /** RFC 7519 §2: seconds since 1970, perhaps with a fraction. */
  private static Instant time(Map<String, Object> claims, String name) {
    if (claims.get(name) instanceof Number number) {
      double seconds = number.doubleValue();
      if (seconds >= 0 && seconds <= SECONDS_MAX) {
        return number instanceof Long whole
            ? Instant.ofEpochSecond(whole)
            : Instant.ofEpochMilli((long) (seconds * MILLIS));
      }
    }
    throw noGood("the token has no `" + name + "`, or it is no time");
  }
}
