package dev.consentry.server.security;

import static dev.consentry.server.security.SignedToken.noGood;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that apps show at one door: JWTs of the issuers that it names, verified as strictly as
 * those of callers (RFC 7519, RFC 8725, RFC 9068).
 *
 * <p>A token that was good is remembered, by its hash, until it would no longer be accepted, and
 * for a minute at most; one that was not is looked at each time. When a key of any issuer is taken
 * back, all are forgotten. No door knows what another remembers.
 *
 * @param <T> what the door makes of the claims
 */
public final class AppTokens<T> implements AutoCloseable {
  /** Of which a token with ten scopes takes about 5 KiB. */
  static final long REMEMBERED_BYTES_MAX = 32L * 1024 * 1024;

  /**
   * Tokens that are looked into at once: each may wait for an issuer's keys, and strangers can make
   * up as many as they like.
   */
  static final int IDENTIFYING_MAX = 256;

  static final Duration RETRY_AFTER = Duration.ofMillis(500);

  private static final int ENTRY_BYTES = 512;

  /** A claim, or one text of those in it, as an object of its own. */
  private static final int PART_BYTES = 128;

  private final List<Issuer> issuers;
  private final Function<Map<String, Object>, T> reader;
  private final InstantSource clock;
  private final RememberedTokens<T> remembered;
  private final Semaphore identifying = new Semaphore(IDENTIFYING_MAX);

  /**
   * An issuer that is believed.
   *
   * @param keys closed with this
   */
  record Issuer(TokenRules rules, JwtKeys keys) {}

  /**
   * Reads the keys of all issuers.
   *
   * @param reader from verified claims to what is remembered of them, as a pure function; throws
   *     {@link RefusedException} ({@link Refusal.Unauthenticated}) for those that are no good
   * @throws JwtKeysException if keys cannot be had
   */
  public static <T> AppTokens<T> open(
      AppTokenSettings settings, Function<Map<String, Object>, T> reader, InstantSource clock) {
    var issuers = new ArrayList<Issuer>();
    try {
      for (AppTokenSettings.Issuer one : settings.issuers()) {
        issuers.add(new Issuer(TokenRules.of(one), JwtKeys.open(one.keys())));
      }
    } catch (RuntimeException e) {
      issuers.forEach(opened -> opened.keys().close());
      throw e;
    }
    return new AppTokens<>(
        issuers,
        reader,
        clock,
        new RememberedTokens<>(REMEMBERED_BYTES_MAX, clock, System::nanoTime));
  }

  /** With keys that have been read, and a memory of its own. */
  AppTokens(
      List<Issuer> issuers,
      Function<Map<String, Object>, T> reader,
      InstantSource clock,
      RememberedTokens<T> remembered) {
    this.issuers = List.copyOf(issuers);
    this.reader = reader;
    this.clock = clock;
    this.remembered = remembered;
  }

  /**
   * What a token stands for that was good a moment ago. Never waits, and verifies nothing: costs
   * little more than a SHA-256.
   *
   * @return null if {@link #identify} has to look at it
   * @throws RefusedException {@link Refusal.Unauthenticated} if it is too long to be one
   */
  public @Nullable T known(String token) {
    SignedToken.requireLength(token);
    return remembered.find(TokenHash.of(token), version());
  }

  /**
   * What a token stands for. May wait for an issuer's keys.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if it is no good; {@link
   *     Refusal.Overloaded} if {@value #IDENTIFYING_MAX} others are looked into
   */
  public T identify(String token) {
    SignedToken.requireLength(token);
    if (!identifying.tryAcquire()) {
      throw new RefusedException(new Refusal.Overloaded(RETRY_AFTER));
    }
    try {
      return lookInto(token);
    } finally {
      identifying.release();
    }
  }

  private T lookInto(String token) {
    TokenHash hash = TokenHash.of(token);
    T known = remembered.find(hash, version());
    if (known != null) {
      return known;
    }
    SignedToken signed = SignedToken.parse(token);
    Map<String, Object> claims = signed.claims();
    /* What it says of its issuer chooses the keys, and is believed once they fit. */
    Issuer issuer = named(claims.get("iss"));
    issuer.rules().requireHeader(signed);
    long keysVersion = issuer.keys().verify(signed);
    Instant now = clock.instant();
    Instant accepted = issuer.rules().requireClaims(claims, now);
    T value = reader.apply(claims);
    remembered.put(
        hash,
        value,
        RememberedTokens.until(accepted, now),
        version(issuer, keysVersion),
        ENTRY_BYTES + token.length() + PART_BYTES * parts(claims));
    return value;
  }

  /** How often the keys of issuers could not be read again. */
  public long problems() {
    long failures = 0;
    for (Issuer one : issuers) {
      failures += one.keys().failures();
    }
    return failures;
  }

  @Override
  public void close() {
    issuers.forEach(one -> one.keys().close());
  }

  private Issuer named(@Nullable Object iss) {
    for (Issuer one : issuers) {
      if (one.rules().issuer().equals(iss)) {
        return one;
      }
    }
    throw noGood("the token is of another issuer");
  }

  /* No version ever goes back: the sum is the same only as long as each of them is. */
  private long version() {
    long sum = 0;
    for (Issuer one : issuers) {
      sum += one.keys().now().version();
    }
    return sum;
  }

  /** As if the keys of this issuer still were those that verified: if not, it is an old sum. */
  private long version(Issuer issuer, long verifiedWith) {
    long sum = verifiedWith;
    for (Issuer one : issuers) {
      if (!one.equals(issuer)) {
        sum += one.keys().now().version();
      }
    }
    return sum;
  }

  /** How many values there can be in what a reader makes of a claim: no more than stand there. */
  private static int parts(@Nullable Object claim) {
    int parts = 1;
    switch (claim) {
      case String text -> {
        for (int i = 0; i < text.length(); i++) {
          parts += text.charAt(i) == ' ' ? 1 : 0;
        }
      }
      case Collection<?> list -> {
        for (Object one : list) {
          parts += parts(one);
        }
      }
      case Map<?, ?> map -> parts += parts(map.values());
      case null, default -> {}
    }
    return parts;
  }
}
