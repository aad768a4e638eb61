package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.server.Seeds;
import dev.consentry.server.consent.RefusedException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Whatever an app shows at a door is signed by the issuer that it names, or refused, at once. The
 * seeds in {@code AppTokensFuzzInputs} are replayed; with {@code JAZZER_FUZZ=1} one of these looks
 * for more.
 */
final class AppTokensFuzz {
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  /** The public halves of the keys that some seeds are signed with; nobody has the other halves. */
  private static final Map<String, String> KEYS =
      Map.of(
          TestToken.ISSUER,
          """
          {"kty":"EC","crv":"P-256","kid":"ec-1","x":"jV6P3aPMvidjy7GsVi25_-j667q0nSipnGfmyC5j6ak","y":"3BU9awYz0-7HEjK4iPZfAnB9VoOsoxgwqDbhoe_RPlo"}\
          """,
          TestAppTokens.OTHER_ISSUER,
          """
          {"kty":"EC","crv":"P-256","kid":"ec-1","x":"oBBZAlNuF_Xy3YKPy7KQF9TuvUb0_AcWc41kq5tI8Kg","y":"GMgkgNCsfste7q0w7otNvdZa0SCjh8R4vI9W-2HLT5s"}\
          """);

  private static final String TOKENS = "identify_anyToken_isSignedByItsIssuerOrARefusal";
  private static final String CLAIMS = "identify_anyClaims_areAnAppOrARefusal";

  private static final AppTokens<String> DOOR = door(KEYS, rules -> rules);

  /** Believes a key that a test signs with. */
  private static final TestAppTokens SIGNING = TestAppTokens.right();

  @FuzzTest
  void identify_anyToken_isSignedByItsIssuerOrARefusal(byte[] bytes) {
    assertSignedOrRefused(DOOR, bytes);
  }

  /** Without keys that fit, all of this would look at refusals alone. */
  @Test
  void identify_goodSeeds_areApps() {
    long good = Seeds.of(this, TOKENS).inputs().stream().filter(AppTokensFuzz::isTaken).count();
    assertEquals(2, good);
  }

  @Test
  void identify_mutantThatForgetsWhoseKeyItIs_isFoundByASeed() {
    AppTokens<String> pooled =
        door(
            Map.of(
                TestToken.ISSUER, KEYS.get(TestAppTokens.OTHER_ISSUER),
                TestAppTokens.OTHER_ISSUER, KEYS.get(TestToken.ISSUER)),
            rules -> rules);
    Seeds.of(this, TOKENS).assertFinds(seed -> assertSignedOrRefused(pooled, seed));
  }

  @Test
  void identify_mutantThatTakesBoundTokens_isFoundByASeed() {
    AppTokens<String> careless =
        door(
            KEYS,
            rules ->
                new TokenRules(
                    rules.issuer(), rules.audiences(), rules.algorithms(), rules.type(), true));
    Seeds.of(this, TOKENS).assertFinds(seed -> assertSignedOrRefused(careless, seed));
  }

  @FuzzTest
  void identify_anyClaims_areAnAppOrARefusal(byte[] json) {
    String claims = new String(json, StandardCharsets.UTF_8);
    String token = TestToken.ofText(claims);
    assertTimeout(
        AT_ONCE,
        () -> {
          try {
            String app = SIGNING.identify(token);
            assertClaimsHold(token, app);
            String known = SIGNING.known(token);
            assertTrue(known == null || known.equals(app), "there may be no room for it");
          } catch (RefusedException e) {
            // So it should be.
          }
        });
  }

  @Test
  void identify_goodClaims_areAnApp() {
    List<byte[]> seeds = Seeds.of(this, CLAIMS).inputs();
    assertTrue(
        seeds.stream()
            .map(seed -> new String(seed, StandardCharsets.UTF_8))
            .anyMatch(claims -> {
              try {
                return SIGNING.identify(TestToken.ofText(claims)).equals("mail");
              } catch (RefusedException e) {
                return false;
              }
            }));
  }

  private static AppTokens<String> door(
      Map<String, String> keys, UnaryOperator<TokenRules> change) {
    var time = new TestTime();
    List<AppTokens.Issuer> issuers =
        List.of(TestAppTokens.FIRST, TestAppTokens.OTHER).stream()
            .map(one ->
                new AppTokens.Issuer(
                    change.apply(TokenRules.of(one)),
                    new JwtKeys(
                        new TestKeys("{\"keys\":[" + keys.get(one.issuer()) + "]}"), time::nanos)))
            .toList();
    return new AppTokens<>(
        issuers,
        claims -> {
          if (claims.get("azp") instanceof String app) {
            return app;
          }
          throw SignedToken.noGood("the token names no app");
        },
        time,
        new RememberedTokens<>(AppTokens.REMEMBERED_BYTES_MAX, time, time::nanos));
  }

  private static boolean isTaken(byte[] token) {
    try {
      return DOOR.identify(new String(token, StandardCharsets.ISO_8859_1)).equals("mail");
    } catch (RefusedException e) {
      return false;
    }
  }

  private static void assertSignedOrRefused(AppTokens<String> door, byte[] bytes) {
    String token = new String(bytes, StandardCharsets.ISO_8859_1);
    assertTimeout(
        AT_ONCE,
        () -> {
          try {
            String app = door.identify(token);
            SignedJWT signed = SignedJWT.parse(token);
            String key = KEYS.get(signed.getJWTClaimsSet().getIssuer());
            assertTrue(signed.verify(new ECDSAVerifier(ECKey.parse(key))));
            assertClaimsHold(token, app);
          } catch (RefusedException e) {
            // So it should be.
          } catch (ParseException | JOSEException e) {
            fail("an app by what another does not take for signed", e);
          }
        });
  }

  /** As another library reads them. */
  private static void assertClaimsHold(String token, String app) {
    try {
      var claims = SignedJWT.parse(token).getJWTClaimsSet();
      assertEquals(claims.getStringClaim("azp"), app);
      assertFalse(claims.getClaims().containsKey("cnf"));
      assertTrue(claims.getAudience().stream().anyMatch(TestAppTokens.FIRST.audiences()::contains));
      assertTrue(
          claims
              .getExpirationTime()
              .toInstant()
              .isAfter(TestTime.START.minus(TokenRules.SKEW).minusSeconds(1)));
    } catch (ParseException e) {
      fail("an app by what another does not take for a token", e);
    }
  }
}
