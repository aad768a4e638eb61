package dev.consentry.server.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A token in the making. All of it is good for {@link #SETTINGS} unless a test says otherwise. */
final class TestToken {
  static final String ISSUER = "https://issuer.example";
  static final String AUDIENCE = "https://consentry.example";

  /** Longer than any test takes, by its clock. */
  private static final int LIFETIME_SECONDS = 24 * 60 * 60;

  static final RSAKey RSA = rsa("rsa-1");
  static final RSAKey OTHER_RSA = rsa("rsa-2");
  static final ECKey EC = ec("ec-1", Curve.P_256);

  static final JwtSettings SETTINGS =
      new JwtSettings(
          ISSUER,
          AUDIENCE,
          Set.of("RS256", "PS256", "ES256"),
          JwtSettings.ACCESS_TOKEN_TYPE,
          JwtSettings.Claims.DEFAULTS,
          new JwtSettings.Keys.File(Path.of("keys.json")));

  private final Map<String, Object> header = new LinkedHashMap<>();
  private final Map<String, Object> claims = new LinkedHashMap<>();

  static TestToken good() {
    long now = TestTime.START.getEpochSecond();
    return new TestToken()
        .header("typ", "at+jwt")
        .claim("iss", ISSUER)
        .claim("aud", List.of("somebody-else", AUDIENCE))
        .claim("sub", "gateway")
        .claim("iat", now)
        .claim("exp", now + LIFETIME_SECONDS)
        .claim("roles", List.of("decider"));
  }

  TestToken header(String name, Object value) {
    header.put(name, value);
    return this;
  }

  TestToken withoutHeader(String name) {
    header.remove(name);
    return this;
  }

  TestToken claim(String name, Object value) {
    claims.put(name, value);
    return this;
  }

  TestToken claim(String name, Instant value) {
    return claim(name, value.toEpochMilli() / 1000.0);
  }

  TestToken without(String name) {
    claims.remove(name);
    return this;
  }

  /** By the algorithm that such keys are mostly used with, which the header names, and their id. */
  String signedBy(JWK key) {
    return signedBy(key, key instanceof ECKey ? "ES256" : "RS256");
  }

  String signedBy(JWK key, String algorithm) {
    header.put("alg", algorithm);
    header.putIfAbsent("kid", key.getKeyID());
    return signed(signer(key), algorithm);
  }

  /** With a header that names no key. */
  String signedByUnnamed(JWK key) {
    String algorithm = key instanceof ECKey ? "ES256" : "RS256";
    header.put("alg", algorithm);
    return signed(signer(key), algorithm);
  }

  /** Signed by {@link #EC}, whatever stands in it. */
  static String ofText(String claims) {
    var token = new TestToken().header("typ", "at+jwt").header("alg", "ES256");
    token.header("kid", EC.getKeyID());
    return signed(text(token.header) + "." + Base64URL.encode(claims), signer(EC), "ES256");
  }

  /** As a symmetric signature with that secret. */
  String signedWithSecret(byte[] secret, String keyId) {
    try {
      header.put("alg", "HS256");
      header.put("kid", keyId);
      return signed(new MACSigner(secret), "HS256");
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  String unsigned(String signature) {
    return text(header) + "." + text(claims) + "." + signature;
  }

  private String signed(JWSSigner signer, String algorithm) {
    return signed(text(header) + "." + text(claims), signer, algorithm);
  }

  private static String signed(String signed, JWSSigner signer, String algorithm) {
    try {
      Base64URL signature =
          signer.sign(
              new JWSHeader(JWSAlgorithm.parse(algorithm)),
              signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + signature;
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  /** The JWK set of the public halves. */
  static String publicSet(JWK... keys) {
    return new JWKSet(List.of(keys)).toString(true);
  }

  static RSAKey rsa(String id) {
    return rsa(id, IssuerKeys.MODULUS_BITS_MIN);
  }

  static RSAKey rsa(String id, int bits) {
    try {
      return new RSAKeyGenerator(bits, true).keyID(id).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  static ECKey ec(String id, Curve curve) {
    try {
      return new ECKeyGenerator(curve).keyID(id).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static JWSSigner signer(JWK key) {
    try {
      return key instanceof ECKey ec ? new ECDSASigner(ec) : new RSASSASigner(key.toRSAKey());
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(Map<String, Object> object) {
    return Base64URL.encode(JSONObjectUtils.toJSONString(object)).toString();
  }
}
