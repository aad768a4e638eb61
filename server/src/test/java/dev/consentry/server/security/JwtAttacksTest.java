package dev.consentry.server.security;

import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.OTHER_RSA;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.SETTINGS;
import static dev.consentry.server.security.TestToken.good;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.server.consent.RefusedException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forged tokens. Each would pass a verifier that makes the mistake it is made for. */
final class JwtAttacksTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(5);

  private final TestJwts jwts = TestJwts.of(SETTINGS);

  @AfterEach
  void close() {
    jwts.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "", "rs256", "HS256", "HS512", "dir", "EdDSA"})
  void identify_algorithmThatProvesNothing_isRefused(String algorithm) {
    String token = good().header("alg", algorithm).header("kid", RSA.getKeyID()).unsigned("");
    assertEquals("the algorithm of the token is not accepted", jwts.problem(token));
  }

  @Test
  void identify_unsignedToken_wouldBeReadByAnother() throws ParseException {
    String token = good().header("alg", "none").unsigned("");
    assertEquals("gateway", PlainJWT.parse(token).getJWTClaimsSet().getSubject());
    jwts.problem(token);
  }

  @Test
  void identify_emptySignature_isRefused() {
    for (String algorithm : SETTINGS.algorithms()) {
      String id = algorithm.equals("ES256") ? EC.getKeyID() : RSA.getKeyID();
      TestToken token = good().header("alg", algorithm).header("kid", id);
      assertEquals("the signature of the token is wrong", jwts.problem(token.unsigned("")));
      /* A signature of zeros is good for every message where ECDSA is not checked for it. */
      String zeros = Base64URL.encode(new byte[64]).toString();
      assertEquals("the signature of the token is wrong", jwts.problem(token.unsigned(zeros)));
    }
  }

  @Test
  void identify_secretSignatureWithThePublicKey_isRefused() throws JOSEException, ParseException {
    byte[] pem =
        ("-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                    .encodeToString(RSA.toRSAPublicKey().getEncoded())
                + "\n-----END PUBLIC KEY-----\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] der = RSA.toRSAPublicKey().getEncoded();
    byte[] jwk = RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.US_ASCII);
    for (byte[] secret : List.of(pem, der, jwk)) {
      String token = good().signedWithSecret(secret, RSA.getKeyID());
      assertTrue(SignedJWT.parse(token).verify(new MACVerifier(secret)), "another falls for it");
      assertEquals("the algorithm of the token is not accepted", jwts.problem(token));
    }
  }

  @Test
  void identify_algorithmOfAnotherKindOfKey_isRefused() {
    String token = good().header("kid", EC.getKeyID()).signedBy(RSA);
    assertEquals("the key of the token is not known", jwts.problem(token));
    token = good().header("kid", RSA.getKeyID()).signedBy(EC);
    assertEquals("the key of the token is not known", jwts.problem(token));
  }

  @Test
  void identify_unknownKeyId_isRefused() {
    String token = good().signedBy(OTHER_RSA);
    assertEquals("the key of the token is not known", jwts.problem(token));
    try (var other = new TestJwts(SETTINGS, publicSet(OTHER_RSA))) {
      assertEquals("jwt:gateway", other.actor(token));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa-1\u0000", "../../rsa-1", "' OR 1=1 --", "RSA-1", ""})
  void identify_keyIdThatIsAlmostOne_isRefused(String id) {
    String token = good().header("kid", id).signedBy(RSA);
    assertEquals("the key of the token is not known", jwts.problem(token));
  }

  @Test
  void identify_tokenThatBringsItsKey_isNotBelieved() {
    try (var attacker = new JwksServer(publicSet(OTHER_RSA))) {
      TestToken token =
          good()
              .header("jku", attacker.uri().toString())
              .header("x5u", attacker.uri().toString())
              .header("jwk", OTHER_RSA.toPublicJWK().toJSONObject())
              .header("x5c", List.of("MIIB"));
      assertEquals("the key of the token is not known", jwts.problem(token.signedBy(OTHER_RSA)));
      assertEquals(
          "the signature of the token is wrong",
          jwts.problem(token.header("kid", RSA.getKeyID()).signedBy(OTHER_RSA)));
      assertEquals(0, attacker.requests());
      /* Issuers that name their own set are no attackers. */
      assertEquals("jwt:gateway", jwts.actor(token.signedBy(RSA)));
      assertEquals(0, attacker.requests());
    }
  }

  @Test
  void identify_extensionThatIsCritical_isRefused() {
    for (Object critical : List.of(List.of("exp"), List.of(), "exp")) {
      assertEquals(
          "the token demands an extension that is not understood",
          jwts.problem(good().header("crit", critical).signedBy(RSA)));
    }
    assertEquals(
        "the token demands an extension that is not understood",
        jwts.problem(good().header("b64", true).signedBy(RSA)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "e30.e30.",
        "bnVsbA.bnVsbA.",
        "W10.W10.W10",
        "e30=.e30.e30",
        "e30. e30.e30",
        "é.é.é",
        "e30.e30.e30\n",
        "eyJhbGciOjF9.e30.x",
        "eyJhbGciOiJSUzI1NiIsImFsZyI6Im5vbmUifQ.e30.x"
      })
  void identify_whatIsNoToken_isRefused(String token) {
    jwts.problem(token);
  }

  @Test
  void identify_payloadThatIsNoObject_isRefused() {
    for (String payload : List.of("null", "[]", "1", "\"x\"", "{", "{}{}", "{'a':1}", "{a:1}")) {
      jwts.problem(signedPayload(payload));
    }
  }

  @Test
  void identify_longestToken_isAcceptedAndOneLongerIsNot() {
    String base = good().claim("pad", "").signedBy(EC);
    int room = (SignedToken.TOKEN_CHARS_MAX - base.length()) / 4 * 3;
    String longest = good().claim("pad", "p".repeat(room)).signedBy(EC);
    while (longest.length() < SignedToken.TOKEN_CHARS_MAX) {
      longest = good().claim("pad", "p".repeat(++room)).signedBy(EC);
    }
    assertEquals(SignedToken.TOKEN_CHARS_MAX, longest.length());
    assertEquals("jwt:gateway", jwts.actor(longest));
    String longer = good().claim("pad", "p".repeat(room + 1)).signedBy(EC);
    assertEquals("the token is longer than 8192 characters", jwts.problem(longer));
  }

  @Test
  void identify_tokenOfAMebibyte_isNotLookedAt() {
    String huge = good().claim("pad", "p".repeat(1 << 20)).signedBy(EC);
    assertTimeout(
        AT_ONCE,
        () -> {
          for (int i = 0; i < 100_000; i++) {
            assertThrows(RefusedException.class, () -> jwts.identify(huge));
            assertThrows(RefusedException.class, () -> jwts.known(huge));
          }
        });
    jwts.problem("A".repeat(1 << 20));
    jwts.problem(".".repeat(1 << 20));
  }

  @Test
  void identify_longHeader_isRefused() {
    String token = good().header("pad", "p".repeat(SignedToken.HEADER_CHARS_MAX)).signedBy(EC);
    assertEquals("the header of the token is longer than 2048 characters", jwts.problem(token));
  }

  @Test
  void identify_deeplyNested_isRefused() {
    String problem = "the token is not a JWT: its header or its claims are no JSON object";
    String header = Base64URL.encode(nested("[", "]", 600)).toString();
    assertTrue(header.length() <= SignedToken.HEADER_CHARS_MAX);
    assertEquals(problem, jwts.problem(header + ".e30.AAAA"));
    for (String claims : List.of(nested("[", "]", 2_800), nested("{\"a\":", "}", 900))) {
      assertEquals(problem, jwts.problem(signedPayload(claims)));
    }
    /* So deep the same is no problem of form. */
    assertEquals(
        "the token is of another issuer", jwts.problem(signedPayload(nested("[", "]", 100))));
  }

  private static String nested(String opening, String closing, int depth) {
    return "{\"alg\":\"ES256\",\"x\":" + opening.repeat(depth) + "1" + closing.repeat(depth) + "}";
  }

  /** Signed rightly, whatever it says. */
  private static String signedPayload(String payload) {
    try {
      var header =
          new JWSHeader.Builder(JWSAlgorithm.ES256)
              .keyID(EC.getKeyID())
              .type(new JOSEObjectType("at+jwt"))
              .build();
      var jws = new JWSObject(header, new Payload(payload));
      jws.sign(new ECDSASigner(EC));
      return jws.serialize();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }
}
