package dev.consentry.server.security;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bearer tokens that are JWTs of one issuer (RFC 7519, RFC 8725, RFC 9068).
 *
 * <p>A token that was good is remembered, by its hash, until it would no longer be accepted, and
 * for {@link #REMEMBERED_FOR} at most; one that was not is looked at each time. When a key is taken
 * back, all are forgotten.
 */
public final class Jwts implements Authentication, AutoCloseable {
  static final Duration REMEMBERED_FOR = RememberedTokens.KEPT_FOR;

  /** Of which a session takes {@link #SESSION_BYTES} at least: there are never more than 32,768. */
  static final long REMEMBERED_BYTES_MAX = 64L * 1024 * 1024;

  private static final int SESSION_BYTES = 2 * 1024;
  private static final int ID_BYTES = 128;

  private static final String PRESHARED = "cst_";

  private final TokenRules rules;
  private final JwtClaims claims;
  private final JwtKeys keys;
  private final InstantSource clock;
  private final RememberedTokens<Session> remembered;

  /**
   * Reads the keys.
   *
   * @throws JwtKeysException if they cannot be had: a server that cannot do what it is told does
   *     not start
   */
  public static Jwts open(JwtSettings settings, InstantSource clock) {
    return new Jwts(settings, JwtKeys.open(settings.keys()), clock, System::nanoTime);
  }

  /**
   * With keys that have been read.
   *
   * @param keys closed with this
   * @param nanos a clock that never goes back, though {@code clock} may
   */
  Jwts(JwtSettings settings, JwtKeys keys, InstantSource clock, LongSupplier nanos) {
    this.rules = TokenRules.of(settings);
    this.claims = new JwtClaims(settings);
    this.keys = keys;
    this.clock = clock;
    this.remembered = new RememberedTokens<>(REMEMBERED_BYTES_MAX, clock, nanos);
  }

  @Override
  public boolean takes(Credential credential) {
    return credential instanceof Credential.Bearer bearer && !bearer.token().startsWith(PRESHARED);
  }

  @Override
  public @Nullable Session known(Credential credential) {
    String token = token(credential);
    SignedToken.requireLength(token);
    return remembered.find(TokenHash.of(token), version());
  }

  @Override
  public Session identify(Credential credential) {
    String token = token(credential);
    SignedToken.requireLength(token);
    TokenHash hash = TokenHash.of(token);
    Session known = remembered.find(hash, version());
    if (known != null) {
      return known;
    }
    SignedToken signed = SignedToken.parse(token);
    rules.requireHeader(signed);
    long keysVersion = keys.verify(signed);
    Instant now = clock.instant();
    JwtClaims.Identity identity = claims.read(signed.claims(), now);
    var session = new Session(identity.caller(), RememberedTokens.until(identity.until(), now));
    int bytes = SESSION_BYTES + ID_BYTES * identity.ids();
    remembered.put(hash, session, session.until(), keysVersion, bytes);
    return session;
  }

  /** How often the issuer's keys could not be read again. */
  public long problems() {
    return keys.failures();
  }

  @Override
  public long version() {
    return keys.now().version();
  }

  @Override
  public void close() {
    keys.close();
  }

  private static String token(Credential credential) {
    if (credential instanceof Credential.Bearer bearer) {
      return bearer.token();
    }
    throw new IllegalArgumentException("is no bearer token: " + credential);
  }
}
