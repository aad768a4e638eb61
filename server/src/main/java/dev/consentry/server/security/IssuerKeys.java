package dev.consentry.server.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of an issuer, as its JWK set (RFC 7517 §5) has them. What could not verify a token, or
 * must not, is left out: private and symmetric keys, keys for encryption, weak ones.
 *
 * @param ignored what was left out, and why; names no key by what it says of itself
 */
record IssuerKeys(List<Key> keys, List<String> ignored) {
  static final int KEYS_MAX = 100;
  static final int MODULUS_BITS_MIN = 2048;
  static final int MODULUS_BITS_MAX = 8192;

  private static final Set<String> RSA_ALGORITHMS =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512");
  private static final Map<Curve, Set<String>> EC_ALGORITHMS =
      Map.of(
          Curve.P_256, Set.of("ES256"), Curve.P_384, Set.of("ES384"), Curve.P_521, Set.of("ES512"));

  /**
   * What verifies.
   *
   * @param id null if it has none
   * @param algorithms those it may be used with
   * @param thumbprint of RFC 7638
   */
  record Key(@Nullable String id, Set<String> algorithms, String thumbprint, JWSVerifier verifier) {
    private boolean fits(@Nullable String wanted, String algorithm) {
      return algorithms.contains(algorithm) && (wanted == null || wanted.equals(id));
    }
  }

  /** A key as far as two of them are the same. */
  private record Identity(@Nullable String id, Set<String> algorithms, String thumbprint) {}

  IssuerKeys {
    keys = List.copyOf(keys);
    ignored = List.copyOf(ignored);
  }

  /**
   * Reads a set.
   *
   * @throws ParseException if it is no JWK set
   */
  static IssuerKeys parse(String json) throws ParseException {
    Map<String, Object> set = object(json);
    if (set == null || !(set.get("keys") instanceof List<?> listed)) {
      throw new ParseException("is no JWK set: it has no list `keys`", 0);
    }
    if (listed.size() > KEYS_MAX) {
      throw new ParseException("has more than " + KEYS_MAX + " keys", 0);
    }
    var keys = new ArrayList<Key>();
    var ignored = new ArrayList<String>();
    for (int i = 0; i < listed.size(); i++) {
      try {
        keys.add(key(listed.get(i)));
      } catch (ParseException e) {
        ignored.add("key %d of %d %s".formatted(i + 1, listed.size(), e.getMessage()));
      }
    }
    return new IssuerKeys(keys, ignored);
  }

  /**
   * The one key that can have signed a token.
   *
   * @param id null if the token names none
   * @return null if there is none, or if it could be several
   */
  @Nullable Key find(@Nullable String id, String algorithm) {
    Key found = null;
    for (Key key : keys) {
      if (key.fits(id, algorithm)) {
        if (found != null) {
          return null;
        }
        found = key;
      }
    }
    return found;
  }

  boolean containsAll(IssuerKeys others) {
    return identities().containsAll(others.identities());
  }

  private Set<Identity> identities() {
    var identities = new HashSet<Identity>();
    for (Key key : keys) {
      identities.add(new Identity(key.id, key.algorithms, key.thumbprint));
    }
    return identities;
  }

  private static Key key(@Nullable Object listed) throws ParseException {
    JWK jwk = jwk(listed);
    require(!jwk.isPrivate(), "is private or symmetric: it belongs to nobody but the issuer");
    require(jwk.getKeyUse() == null || jwk.getKeyUse().equals(KeyUse.SIGNATURE), "is not to sign");
    require(
        jwk.getKeyOperations() == null || jwk.getKeyOperations().contains(KeyOperation.VERIFY),
        "is not to verify with");
    require(jwk.getKeyRevocation() == null, "is revoked");
    try {
      String thumbprint = jwk.computeThumbprint().toString();
      return switch (jwk) {
        case RSAKey rsa -> {
          require(rsa.size() >= MODULUS_BITS_MIN, "has less than " + MODULUS_BITS_MIN + " bits");
          require(rsa.size() <= MODULUS_BITS_MAX, "has more than " + MODULUS_BITS_MAX + " bits");
          yield new Key(
              jwk.getKeyID(),
              algorithms(jwk, RSA_ALGORITHMS),
              thumbprint,
              new RSASSAVerifier(rsa.toRSAPublicKey()));
        }
        case ECKey ec -> {
          Set<String> ofCurve = EC_ALGORITHMS.getOrDefault(ec.getCurve(), Set.of());
          require(!ofCurve.isEmpty(), "is on a curve that is not supported");
          yield new Key(
              jwk.getKeyID(),
              algorithms(jwk, ofCurve),
              thumbprint,
              new ECDSAVerifier(ec.toECPublicKey()));
        }
        default -> throw new ParseException("is of a type that is not supported", 0);
      };
    } catch (JOSEException e) {
      throw new ParseException("cannot be used", 0);
    }
  }

  private static @Nullable Map<String, Object> object(String json) throws ParseException {
    try {
      return JSONObjectUtils.parse(json);
    } catch (ParseException e) {
      throw new ParseException("is no JWK set: it is no JSON object", 0);
    }
  }

  private static JWK jwk(@Nullable Object listed) throws ParseException {
    require(listed instanceof Map<?, ?>, "is no JSON object");
    var fields = JSONObjectUtils.newJSONObject();
    if (listed instanceof Map<?, ?> map) {
      map.forEach((name, value) -> fields.put(String.valueOf(name), value));
    }
    try {
      return JWK.parse(fields);
    } catch (ParseException | RuntimeException e) {
      /* What it was is not repeated: an exception's text may hold parts of a key. */
      throw new ParseException("is malformed, or of a type that is not supported", 0);
    }
  }

  private static Set<String> algorithms(JWK jwk, Set<String> ofType) throws ParseException {
    if (jwk.getAlgorithm() == null) {
      return ofType;
    }
    String only = jwk.getAlgorithm().getName();
    require(ofType.contains(only), "is for an algorithm that is not supported");
    return Set.of(only);
  }

  private static void require(boolean holds, String problem) throws ParseException {
    if (!holds) {
      throw new ParseException(problem, 0);
    }
  }
}
