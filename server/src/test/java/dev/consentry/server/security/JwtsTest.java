package dev.consentry.server.security;

import static dev.consentry.server.security.TestToken.AUDIENCE;
import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.ISSUER;
import static dev.consentry.server.security.TestToken.OTHER_RSA;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.SETTINGS;
import static dev.consentry.server.security.TestToken.good;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.RSAKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which tokens are accepted. What is refused for one thing is accepted, the same token, by a server
 * for which that one thing is right: nothing else was wrong with it.
 */
final class JwtsTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Instant START = TestTime.START;
  private static final Duration SKEW = JwtClaims.SKEW;

  private final TestJwts jwts = TestJwts.of(SETTINGS);

  @AfterEach
  void close() {
    jwts.close();
  }

  @Test
  void identify_goodToken_isItsSubjectUntilLookedAtAgain() {
    Session session = jwts.identify(good().signedBy(RSA));
    assertEquals("jwt:gateway", session.caller().actor().principal());
    assertTrue(session.caller().rights().mayDecideEverything());
    assertFalse(session.caller().rights().mayOperate());
    assertEquals(START.plus(Jwts.REMEMBERED_FOR), session.until());
  }

  @Test
  void identify_everyAcceptedAlgorithm_isVerified() {
    for (String algorithm : List.of("RS256", "PS256")) {
      assertEquals("jwt:gateway", jwts.actor(good().signedBy(RSA, algorithm)), algorithm);
    }
    assertEquals("jwt:gateway", jwts.actor(good().signedBy(EC)));
  }

  @Test
  void identify_algorithmNotInTheSet_isRefused() {
    String token = good().signedBy(RSA, "RS512");
    assertEquals("the algorithm of the token is not accepted", jwts.problem(token));
    try (var other = TestJwts.of(withAlgorithms(Set.of("RS512")))) {
      assertEquals("jwt:gateway", other.actor(token));
    }
  }

  @Test
  void identify_audience_mustBeOurs() {
    assertEquals("jwt:gateway", jwts.actor(good().claim("aud", AUDIENCE).signedBy(RSA)));
    String elsewhere = good().claim("aud", List.of("https://other.example")).signedBy(RSA);
    assertEquals("the token is for another audience", jwts.problem(elsewhere));
    try (var other = TestJwts.of(withAudience("https://other.example"))) {
      assertEquals("jwt:gateway", other.actor(elsewhere));
    }
    for (Object audience :
        List.of(
            List.of(),
            "",
            AUDIENCE + "/",
            AUDIENCE.toUpperCase(Locale.ROOT),
            List.of(List.of(AUDIENCE)),
            Map.of(AUDIENCE, 1),
            1)) {
      String token = good().claim("aud", audience).signedBy(RSA);
      assertEquals("the token is for another audience", jwts.problem(token), audience.toString());
    }
    assertEquals(
        "the token is for another audience", jwts.problem(good().without("aud").signedBy(RSA)));
  }

  @Test
  void identify_issuer_mustBeOurs() {
    String elsewhere = good().claim("iss", ISSUER + "/").signedBy(RSA);
    assertEquals("the token is of another issuer", jwts.problem(elsewhere));
    try (var other = TestJwts.of(withIssuer(ISSUER + "/"))) {
      assertEquals("jwt:gateway", other.actor(elsewhere));
    }
    for (TestToken token :
        List.of(
            good().without("iss"), good().claim("iss", List.of(ISSUER)), good().claim("iss", 1))) {
      assertEquals("the token is of another issuer", jwts.problem(token.signedBy(RSA)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"})
  void identify_typeOfRfc9068_isAccepted(String type) {
    assertEquals("jwt:gateway", jwts.actor(good().header("typ", type).signedBy(RSA)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT", "", "none", "at+jwt ", "application/application/at+jwt", "at"})
  void identify_anotherType_isRefused(String type) {
    String token = good().header("typ", type).signedBy(RSA);
    assertEquals("the token is of another type", jwts.problem(token));
  }

  @Test
  void identify_typeAskedFor_isTheOnlyOne() {
    String untyped = good().withoutHeader("typ").signedBy(RSA);
    String jwt = good().header("typ", "JWT").signedBy(RSA);
    String none = good().header("typ", "none").signedBy(RSA);
    assertEquals("the token is of another type", jwts.problem(untyped));
    try (var forJwt = TestJwts.of(withType("JWT"));
        var forUntyped = TestJwts.of(withType(JwtSettings.NO_TYPE))) {
      assertEquals("jwt:gateway", forJwt.actor(jwt));
      assertEquals("jwt:gateway", forUntyped.actor(untyped));
      for (String token : List.of(untyped, none)) {
        assertEquals("the token is of another type", forJwt.problem(token));
      }
      for (String token : List.of(jwt, none)) {
        assertEquals("the token is of another type", forUntyped.problem(token));
      }
    }
  }

  @Test
  void identify_expiry_hasSkewOnBothSides() {
    String token = good().claim("exp", START.plusSeconds(20)).signedBy(RSA);
    jwts.time.pass(Duration.ofSeconds(20).plus(SKEW).minus(MILLI));
    assertEquals(START.plusSeconds(20).plus(SKEW), jwts.identify(token).until());
    jwts.time.pass(MILLI);
    assertNull(jwts.known(token));
    assertEquals("the token has expired", jwts.problem(token));
  }

  @Test
  void identify_issuedInTheFuture_hasSkew() {
    String token = good().claim("iat", START.plus(SKEW).plus(MILLI)).signedBy(RSA);
    assertEquals("the token was issued in the future", jwts.problem(token));
    jwts.time.pass(MILLI);
    assertEquals("jwt:gateway", jwts.actor(token));
  }

  @Test
  void identify_notBefore_hasSkew() {
    String token = good().claim("nbf", START.plus(SKEW).plus(MILLI)).signedBy(RSA);
    assertEquals("the token is not valid yet", jwts.problem(token));
    jwts.time.pass(MILLI);
    assertEquals("jwt:gateway", jwts.actor(token));
  }

  @Test
  void identify_timesThatAreMissingOrNone_areRefused() {
    for (String name : List.of("exp", "iat", "nbf")) {
      String problem = "the token has no `" + name + "`, or it is no time";
      if (!name.equals("nbf")) {
        assertEquals(problem, jwts.problem(good().without(name).signedBy(RSA)));
      }
      for (Object value :
          List.of("1767225600", true, List.of(1), -1, 1e300, Long.MAX_VALUE, Map.of())) {
        assertEquals(problem, jwts.problem(good().claim(name, value).signedBy(RSA)));
      }
    }
    assertEquals("jwt:gateway", jwts.actor(good().claim("exp", 253_402_300_799L).signedBy(RSA)));
  }

  @Test
  void identify_subject_hasItsBounds() {
    String longest = "s".repeat(JwtClaims.SUBJECT_CHARS_MAX);
    assertEquals("jwt:" + longest, jwts.actor(good().claim("sub", longest).signedBy(RSA)));
    for (Object subject :
        List.of("", longest + "s", "a b", "a\nb", "a\u202eb", "ä", 7, List.of())) {
      assertTrue(
          jwts.problem(good().claim("sub", subject).signedBy(RSA))
              .startsWith("the token has no `sub`"));
    }
    assertTrue(
        jwts.problem(good().without("sub").signedBy(RSA)).startsWith("the token has no `sub`"));
  }

  @Test
  void identify_signatureOfAnotherKey_isRefused() {
    String token = good().header("kid", RSA.getKeyID()).signedBy(OTHER_RSA);
    assertEquals("the signature of the token is wrong", jwts.problem(token));
    var renamed = new RSAKey.Builder(OTHER_RSA).keyID(RSA.getKeyID()).build();
    try (var other = new TestJwts(SETTINGS, publicSet(renamed))) {
      assertEquals("jwt:gateway", other.actor(token));
    }
  }

  @Test
  void identify_anyCharacterChanged_isRefused() {
    String token = good().signedBy(EC);
    /* Of the last character some bits mean nothing: changed, it may be the same signature. */
    for (int i = 0; i < token.length() - 1; i++) {
      char changed = token.charAt(i) == 'A' ? 'E' : 'A';
      String other = token.substring(0, i) + changed + token.substring(i + 1);
      jwts.problem(other);
    }
  }

  @Test
  void identify_withoutKeyId_needsOneKeyThatFits() {
    String token = good().signedByUnnamed(RSA);
    assertEquals("jwt:gateway", jwts.actor(token));
    try (var two = new TestJwts(SETTINGS, publicSet(RSA, OTHER_RSA))) {
      assertEquals("the key of the token is not known", two.problem(token));
      assertEquals("jwt:gateway", two.actor(good().signedBy(RSA)));
    }
  }

  @Test
  void known_verifiedToken_isRememberedForAWhile() {
    String token = good().signedBy(RSA);
    assertNull(jwts.known(token));
    Session session = jwts.identify(token);
    jwts.time.pass(Jwts.REMEMBERED_FOR.minus(MILLI));
    assertSame(session, jwts.known(token));
    jwts.time.pass(MILLI);
    assertNull(jwts.known(token));
    assertNotEquals(session.until(), jwts.identify(token).until());
  }

  @Test
  void known_clockThatIsSetBack_remembersNoLonger() {
    var back = new TestTime();
    var keys = new JwtKeys(new TestKeys(publicSet(RSA)), jwts.time::nanos);
    var credential = new Credential.Bearer(good().signedBy(RSA));
    try (var stuck = new Jwts(SETTINGS, keys, back, jwts.time::nanos)) {
      stuck.identify(credential);
      jwts.time.pass(Jwts.REMEMBERED_FOR);
      assertNull(stuck.known(credential));
    }
  }

  @Test
  void known_refusedToken_isNotRemembered() {
    String token = good().claim("aud", "other").signedBy(RSA);
    jwts.problem(token);
    assertNull(jwts.known(token));
    jwts.problem(token);
  }

  @Test
  void takes_allBearersButPresharedTokens() {
    assertTrue(jwts.jwts.takes(new Credential.Bearer(good().signedBy(RSA))));
    assertTrue(jwts.jwts.takes(new Credential.Bearer("")));
    assertFalse(jwts.jwts.takes(new Credential.Bearer("cst_abc")));
  }

  private static JwtSettings withIssuer(String issuer) {
    return settings(issuer, AUDIENCE, SETTINGS.algorithms(), SETTINGS.type());
  }

  private static JwtSettings withAudience(String audience) {
    return settings(ISSUER, audience, SETTINGS.algorithms(), SETTINGS.type());
  }

  private static JwtSettings withAlgorithms(Set<String> algorithms) {
    return settings(ISSUER, AUDIENCE, algorithms, SETTINGS.type());
  }

  private static JwtSettings withType(String type) {
    return settings(ISSUER, AUDIENCE, SETTINGS.algorithms(), type);
  }

  private static JwtSettings settings(
      String issuer, String audience, Set<String> algorithms, String type) {
    return new JwtSettings(
        issuer, audience, algorithms, type, JwtSettings.Claims.DEFAULTS, SETTINGS.keys());
  }
}
