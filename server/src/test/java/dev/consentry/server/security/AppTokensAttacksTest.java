package dev.consentry.server.security;

import static dev.consentry.server.security.TestAppTokens.OTHER_AUDIENCE;
import static dev.consentry.server.security.TestAppTokens.OTHER_EC;
import static dev.consentry.server.security.TestAppTokens.OTHER_ISSUER;
import static dev.consentry.server.security.TestAppTokens.good;
import static dev.consentry.server.security.TestToken.AUDIENCE;
import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.ISSUER;
import static dev.consentry.server.security.TestToken.OTHER_RSA;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.util.Base64URL;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.TestAppTokens.Parts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

/** Forged tokens of apps, and tokens that were never meant for the door they are shown at. */
final class AppTokensAttacksTest {
  private static final Duration AT_ONCE = Duration.ofSeconds(5);
  private static final String NO_JSON =
      "the token is not a JWT: its header or its claims are no JSON object";

  private final TestAppTokens door = TestAppTokens.right();

  @AfterEach
  void close() {
    door.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"none", "None", "NONE", "", "es256", "HS256", "HS512", "PS256", "dir", "EdDSA"})
  void identify_algorithmNotWrittenDown_isRefused(String algorithm) {
    String token = good().header("alg", algorithm).header("kid", RSA.getKeyID()).unsigned("");
    assertEquals("the algorithm of the token is not accepted", door.problem(token));
  }

  @Test
  void identify_secretSignatureWithThePublicKey_isRefused() throws JOSEException {
    for (byte[] secret :
        List.of(
            RSA.toRSAPublicKey().getEncoded(),
            RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.US_ASCII))) {
      String token = good().signedWithSecret(secret, RSA.getKeyID());
      assertEquals("the algorithm of the token is not accepted", door.problem(token));
      /* Where it is let in by mistake, no key is for it. */
      UnaryOperator<TokenRules> careless =
          rules -> rules(rules, rules.audiences(), Set.of("HS256", "ES256"), rules.type(), false);
      try (var mutant = new TestAppTokens(Parts.RIGHT.withRules(careless))) {
        assertEquals("the key of the token is not known", mutant.problem(token));
      }
    }
  }

  @Test
  void identify_emptySignatureOrZeros_isRefused() {
    for (String signature : List.of("", Base64URL.encode(new byte[64]).toString())) {
      TestToken token = good().header("alg", "ES256").header("kid", EC.getKeyID());
      assertEquals("the signature of the token is wrong", door.problem(token.unsigned(signature)));
    }
  }

  @Test
  void identify_anotherType_isRefused() {
    Consumer<TestAppTokens> check =
        checked -> {
          for (String type : List.of("JWT", "", "none", "at+jwt ", "id+jwt")) {
            assertEquals(
                "the token is of another type",
                checked.problem(good().header("typ", type).signedBy(EC)));
          }
          assertEquals(
              "the token is of another type",
              checked.problem(good().withoutHeader("typ").signedBy(EC)));
        };
    check.accept(door);
    for (String type : List.of("JWT", JwtSettings.NO_TYPE)) {
      assertFinds(
          check, rules -> rules(rules, rules.audiences(), rules.algorithms(), type, rules.bound()));
    }
  }

  @Test
  void identify_extensionThatIsCritical_isRefused() {
    String problem = "the token demands an extension that is not understood";
    for (Object critical : List.of(List.of("exp"), List.of(), "exp")) {
      assertEquals(problem, door.problem(good().header("crit", critical).signedBy(EC)));
    }
    for (boolean b64 : new boolean[] {true, false}) {
      assertEquals(problem, door.problem(good().header("b64", b64).signedBy(EC)));
    }
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
      assertEquals("the key of the token is not known", door.problem(token.signedBy(OTHER_RSA)));
      assertEquals(
          "the signature of the token is wrong",
          door.problem(token.header("kid", RSA.getKeyID()).signedBy(OTHER_RSA)));
      assertEquals(0, attacker.requests());
    }
  }

  /** An issuer that a door believes must not speak for another one that it believes. */
  @Test
  void identify_keyOfAnotherIssuer_isNoKeyOfThisOne() {
    Consumer<TestAppTokens> check =
        checked -> {
          assertEquals(
              "the key of the token is not known", checked.problem(good().signedBy(OTHER_RSA)));
          TestToken otherWay = good().claim("iss", OTHER_ISSUER);
          assertEquals(
              "the key of the token is not known", checked.problem(otherWay.signedBy(RSA)));
        };
    check.accept(door);
    Parts pooled = Parts.RIGHT.withKeys(publicSet(RSA, EC, OTHER_RSA));
    try (var mutant = new TestAppTokens(pooled)) {
      assertThrows(AssertionFailedError.class, () -> check.accept(mutant));
    }
  }

  @Test
  void identify_keyOfAnotherIssuerOfTheSameName_isNoKeyOfThisOne() {
    assertEquals("the signature of the token is wrong", door.problem(good().signedBy(OTHER_EC)));
    assertEquals(
        "the signature of the token is wrong",
        door.problem(good().claim("iss", OTHER_ISSUER).signedBy(EC)));
    assertEquals("mail", door.identify(good().claim("iss", OTHER_ISSUER).signedBy(OTHER_EC)));
  }

  @Test
  void identify_issuerThatIsAlmostOne_isRefused() {
    for (Object issuer :
        List.of(
            ISSUER + "/",
            ISSUER.toUpperCase(Locale.ROOT),
            " " + ISSUER,
            "",
            List.of(ISSUER),
            Map.of(ISSUER, 1),
            7)) {
      String token = good().claim("iss", issuer).signedBy(EC);
      assertEquals("the token is of another issuer", door.problem(token));
    }
    assertEquals(
        "the token is of another issuer", door.problem(good().without("iss").signedBy(EC)));
  }

  @Test
  void identify_anotherAudience_isRefused() {
    Consumer<TestAppTokens> check =
        checked -> {
          for (Object audience :
              List.of(
                  "https://elsewhere.example",
                  List.of(),
                  "",
                  1,
                  List.of(1, 2),
                  List.of(List.of(AUDIENCE)),
                  Map.of(AUDIENCE, 1),
                  AUDIENCE + " " + OTHER_AUDIENCE,
                  OTHER_AUDIENCE.toUpperCase(Locale.ROOT))) {
            assertEquals(
                "the token is for another audience",
                checked.problem(good().claim("aud", audience).signedBy(EC)));
          }
          assertEquals(
              "the token is for another audience",
              checked.problem(good().without("aud").signedBy(EC)));
        };
    check.accept(door);
    assertFinds(
        check,
        rules ->
            rules(
                rules,
                Set.of("https://elsewhere.example"),
                rules.algorithms(),
                rules.type(),
                rules.bound()));
  }

  @Test
  void identify_outOfItsTime_isRefused() {
    var now = TestTime.START;
    var skew = TokenRules.SKEW;
    assertEquals(
        "the token has expired", door.problem(good().claim("exp", now.minus(skew)).signedBy(EC)));
    assertEquals(
        "the token is not valid yet",
        door.problem(good().claim("nbf", now.plus(skew).plusMillis(1)).signedBy(EC)));
    assertEquals(
        "the token was issued in the future",
        door.problem(good().claim("iat", now.plus(skew).plusMillis(1)).signedBy(EC)));
    for (String name : List.of("exp", "iat")) {
      assertEquals(
          "the token has no `" + name + "`, or it is no time",
          door.problem(good().without(name).signedBy(EC)));
    }
  }

  @Test
  void identify_tokenBoundToAKey_isRefused() {
    Consumer<TestAppTokens> check =
        checked -> {
          for (Object proof : List.of(Map.of("jkt", "x"), Map.of("x5t#S256", "x"), Map.of(), "")) {
            assertEquals(
                "the token is bound to a key (cnf), whose proof is not seen here",
                checked.problem(good().claim("cnf", proof).signedBy(EC)));
          }
        };
    check.accept(door);
    assertFinds(
        check, rules -> rules(rules, rules.audiences(), rules.algorithms(), rules.type(), true));
    assertEquals(
        "the token is bound to a key (cnf), whose proof is not seen here",
        door.problem(TestToken.ofText(claims("\"cnf\":null"))));
  }

  @Test
  void identify_claimThatStandsTwice_isRefused() {
    assertEquals("mail", door.identify(TestToken.ofText(claims("\"x\":1"))));
    for (String again :
        List.of(
            "\"azp\":\"calendar\"",
            "\"aud\":\"x\"",
            "\"iss\":\"" + OTHER_ISSUER + "\"",
            "\"\\u0069ss\":\"" + OTHER_ISSUER + "\"",
            "\"exp\":1")) {
      assertEquals(NO_JSON, door.problem(TestToken.ofText(claims(again))), again);
    }
  }

  @Test
  void identify_headerFieldThatStandsTwice_isRefused() {
    String header = "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"ec-1\",\"alg\":\"none\"}";
    String good = good().signedBy(EC);
    assertEquals(
        NO_JSON, door.problem(Base64URL.encode(header) + good.substring(good.indexOf('.'))));
  }

  @Test
  void identify_hugeToken_isNotLookedAt() {
    String huge = good().claim("pad", "p".repeat(1 << 20)).signedBy(EC);
    assertEquals("the token is longer than 8192 characters", door.problem(huge));
    assertTimeout(
        AT_ONCE,
        () -> {
          for (int i = 0; i < 10_000; i++) {
            assertThrows(RefusedException.class, () -> door.identify(huge));
            assertThrows(RefusedException.class, () -> door.known(huge));
          }
        });
  }

  @Test
  void identify_rememberedTokenChanged_isAnotherToken() {
    String token = good().signedBy(EC);
    door.identify(token);
    for (int i = 0; i < token.length() - 1; i++) {
      char changed = token.charAt(i) == 'A' ? 'E' : 'A';
      String other = token.substring(0, i) + changed + token.substring(i + 1);
      assertNull(door.known(other));
      door.problem(other);
    }
  }

  /** Good claims, and what is added to them. */
  private static String claims(String more) {
    long now = TestTime.START.getEpochSecond();
    return "{\"iss\":\"%s\",\"aud\":\"%s\",\"azp\":\"mail\",\"iat\":%d,\"exp\":%d,%s}"
        .formatted(ISSUER, AUDIENCE, now, now + 60, more);
  }

  private static TokenRules rules(
      TokenRules right, Set<String> audiences, Set<String> algorithms, String type, boolean bound) {
    return new TokenRules(right.issuer(), audiences, algorithms, type, bound);
  }

  private static void assertFinds(
      Consumer<TestAppTokens> check, UnaryOperator<TokenRules> wrongRules) {
    try (var mutant = new TestAppTokens(Parts.RIGHT.withRules(wrongRules))) {
      assertThrows(AssertionFailedError.class, () -> check.accept(mutant));
    }
  }
}
