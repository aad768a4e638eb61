package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.server.consent.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever comes as a token is a session or a refusal, at once. The seeds in {@code JwtsFuzzInputs}
 * are replayed; with {@code JAZZER_FUZZ=1} one of these looks for more.
 */
final class JwtsFuzz {
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  /** The public half of the key that some seeds are signed with; nobody has the other half. */
  private static final String KEY =
      """
      {"kty":"EC","crv":"P-256","kid":"ec-1","x":"YSgBxl3eD4VPhQ1hwKp3OeZyH5nkKeAvuXMQ6xLLw1M","y":"4qy7XAYy37xGZ11I2WD4oP6veRixwFAn1JSP8j5-q3Y"}\
      """;

  private static final JwtSettings SETTINGS =
      new JwtSettings(
          "https://issuer.example",
          "https://consentry.example",
          Set.of("ES256"),
          JwtSettings.ACCESS_TOKEN_TYPE,
          JwtSettings.Claims.DEFAULTS,
          JwtSettings.Keys.of("keys.json"));

  private static final TestJwts JWTS = new TestJwts(SETTINGS, "{\"keys\":[" + KEY + "]}");

  @FuzzTest
  void identify_anyToken_isASignedOneOrARefusal(byte[] bytes) {
    assertSignedOrRefused(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Without a key that fits, all of this would look at refusals alone. */
  @Test
  void identify_goodSeed_isASession() throws IOException {
    String seed = "JwtsFuzzInputs/identify_anyToken_isASignedOneOrARefusal/good";
    try (var in = JwtsFuzz.class.getResourceAsStream(seed)) {
      String token = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      assertEquals("jwt:gateway", JWTS.actor(token));
    }
  }

  @FuzzTest
  void identify_anyHeader_isARefusal(byte[] bytes) {
    assertSignedOrRefused(Base64URL.encode(bytes) + ".e30.AAAA");
  }

  @FuzzTest
  void read_anyClaims_areACallerOrARefusal(byte[] bytes) {
    Map<String, Object> claims = new HashMap<>(Map.of("iss", SETTINGS.issuer()));
    claims.put("aud", List.of(SETTINGS.audience()));
    claims.put("exp", TestTime.START.getEpochSecond() + 1);
    claims.put("iat", TestTime.START.getEpochSecond());
    claims.put("sub", "fuzz");
    claims.putAll(object(new String(bytes, StandardCharsets.UTF_8)));
    assertTimeout(
        AT_ONCE,
        () -> {
          try {
            var identity = new JwtClaims(SETTINGS).read(claims, TestTime.START);
            assertEquals("jwt:" + claims.get("sub"), identity.caller().actor().principal());
            assertEquals(SETTINGS.issuer(), claims.get("iss"));
          } catch (RefusedException e) {
            // So it should be.
          }
        });
  }

  @FuzzTest
  void parse_anySet_isASetOrNone(byte[] bytes) {
    assertTimeout(
        AT_ONCE,
        () -> {
          try {
            IssuerKeys keys = IssuerKeys.parse(new String(bytes, StandardCharsets.UTF_8));
            assertTrue(keys.keys().size() + keys.ignored().size() <= IssuerKeys.KEYS_MAX);
          } catch (ParseException e) {
            // So it should be.
          }
        });
  }

  private static void assertSignedOrRefused(String token) {
    assertTimeout(
        AT_ONCE,
        () -> {
          try {
            Session session = JWTS.identify(token);
            assertTrulySigned(token, session);
          } catch (RefusedException e) {
            // So it should be.
          }
        });
  }

  private static void assertTrulySigned(String token, Session session) {
    try {
      SignedJWT signed = SignedJWT.parse(token);
      assertTrue(signed.verify(new ECDSAVerifier(ECKey.parse(KEY))));
      var claims = signed.getJWTClaimsSet();
      assertTrue(claims.getAudience().contains(SETTINGS.audience()));
      assertEquals("jwt:" + claims.getSubject(), session.caller().actor().principal());
    } catch (ParseException | JOSEException e) {
      fail("a session of what another does not take for signed", e);
    }
  }

  private static Map<String, Object> object(String json) {
    try {
      Map<String, Object> object = JSONObjectUtils.parse(json);
      return object == null ? Map.of() : object;
    } catch (ParseException e) {
      return Map.of();
    }
  }
}
