package dev.consentry.server.security;

import static dev.consentry.server.security.SignedToken.noGood;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
  static final Duration REMEMBERED_FOR = Session.KNOWN_FOR;

  /** Of which a session takes {@link #SESSION_BYTES} at least: there are never more than 32,768. */
  static final long REMEMBERED_BYTES_MAX = 64L * 1024 * 1024;

  private static final int SESSION_BYTES = 2 * 1024;
  private static final int ID_BYTES = 128;

  private static final String PRESHARED = "cst_";
  private static final String MEDIA_TYPE = "application/";

  private final JwtSettings settings;
  private final JwtClaims claims;
  private final JwtKeys keys;
  private final InstantSource clock;
  private final Cache<String, Verified> verified;

  /**
   * A token that was good.
   *
   * @param keysVersion of the keys it was verified with
   */
  private record Verified(Session session, long keysVersion, int bytes) {}

  /**
   * Reads the keys.
   *
   * @throws JwtKeysException if they cannot be had: a server that cannot do what it is told does
   *     not start
   */
  public static Jwts open(JwtSettings settings, InstantSource clock) {
    JwksSource source =
        switch (settings.keys()) {
          case JwtSettings.Keys.File file -> new JwksFile(file.path());
          case JwtSettings.Keys.Url url -> new JwksUrl(url.uri(), JwksUrl.TIMEOUT);
        };
    return new Jwts(
        settings, new JwtKeys(source, System::nanoTime).start(), clock, System::nanoTime);
  }

  /**
   * With keys that have been read.
   *
   * @param keys closed with this
   * @param nanos a clock that never goes back, though {@code clock} may
   */
  Jwts(JwtSettings settings, JwtKeys keys, InstantSource clock, LongSupplier nanos) {
    this.settings = settings;
    this.claims = new JwtClaims(settings);
    this.keys = keys;
    this.clock = clock;
    this.verified =
        Caffeine.newBuilder()
            .maximumWeight(REMEMBERED_BYTES_MAX)
            .weigher((String hash, Verified one) -> one.bytes())
            .expireAfterWrite(REMEMBERED_FOR)
            .ticker(nanos::getAsLong)
            .executor(Runnable::run)
            .build();
  }

  @Override
  public boolean takes(Credential credential) {
    return credential instanceof Credential.Bearer bearer && !bearer.token().startsWith(PRESHARED);
  }

  @Override
  public @Nullable Session known(Credential credential) {
    String token = token(credential);
    SignedToken.requireLength(token);
    return remembered(hash(token));
  }

  @Override
  public Session identify(Credential credential) {
    String token = token(credential);
    SignedToken.requireLength(token);
    String hash = hash(token);
    Session remembered = remembered(hash);
    if (remembered != null) {
      return remembered;
    }
    SignedToken signed = SignedToken.parse(token);
    if (!settings.algorithms().contains(signed.algorithm())) {
      throw noGood("the algorithm of the token is not accepted");
    }
    if (!isOfType(signed.type())) {
      throw noGood("the token is of another type");
    }
    long keysVersion = verify(signed);
    Instant now = clock.instant();
    JwtClaims.Identity identity = claims.read(signed.claims(), now);
    /* No longer than it would be accepted if it were looked at again: `exp` and the skew. */
    Instant until = earlier(identity.until(), now.plus(REMEMBERED_FOR));
    var session = new Session(identity.caller(), until);
    int bytes = SESSION_BYTES + ID_BYTES * identity.ids();
    verified.put(hash, new Verified(session, keysVersion, bytes));
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

  private @Nullable Session remembered(String hash) {
    Verified one = verified.getIfPresent(hash);
    return one != null
            && one.keysVersion() == keys.now().version()
            && clock.instant().isBefore(one.session().until())
        ? one.session()
        : null;
  }

  /** The version of the keys with which it is signed. */
  private long verify(SignedToken token) {
    JwtKeys.Known known = keys.now();
    IssuerKeys.Key key = known.keys().find(token.keyId(), token.algorithm());
    if (key == null) {
      known = keys.newerThan(known);
      key = known.keys().find(token.keyId(), token.algorithm());
    }
    if (key == null) {
      throw noGood(
          known.outdated()
              ? "tokens cannot be verified now: the keys of their issuer cannot be had"
              : "the key of the token is not known");
    }
    if (!token.isSignedFor(key.verifier())) {
      throw noGood("the signature of the token is wrong");
    }
    return known.version();
  }

  /** RFC 9068 §4, RFC 7515 §4.1.9: a media type, whose case means nothing. */
  private boolean isOfType(@Nullable String type) {
    if (type == null || settings.type().equals(JwtSettings.NO_TYPE)) {
      return type == null && settings.type().equals(JwtSettings.NO_TYPE);
    }
    return type.equalsIgnoreCase(settings.type())
        || type.equalsIgnoreCase(MEDIA_TYPE + settings.type());
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  private static String token(Credential credential) {
    if (credential instanceof Credential.Bearer bearer) {
      return bearer.token();
    }
    throw new IllegalArgumentException("is no bearer token: " + credential);
  }

  /** The memory of the process keeps no token. */
  private static String hash(String token) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      return new String(hash, StandardCharsets.ISO_8859_1);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
