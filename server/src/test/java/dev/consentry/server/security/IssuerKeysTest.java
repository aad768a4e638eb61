package dev.consentry.server.security;

import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.OTHER_RSA;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import java.text.ParseException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IssuerKeysTest {
  @Test
  void parse_publicKeys_fitTheirAlgorithms() throws ParseException {
    ECKey p384 = TestToken.ec("ec-2", Curve.P_384);
    ECKey p521 = TestToken.ec("ec-3", Curve.P_521);
    IssuerKeys keys = IssuerKeys.parse(publicSet(RSA, EC, p384, p521));
    assertEquals(List.of(), keys.ignored());
    for (String algorithm : JwtSettings.ALGORITHMS) {
      String id =
          switch (algorithm) {
            case "ES256" -> "ec-1";
            case "ES384" -> "ec-2";
            case "ES512" -> "ec-3";
            default -> "rsa-1";
          };
      for (IssuerKeys.Key key : keys.keys()) {
        IssuerKeys.Key found = keys.find(key.id(), algorithm);
        assertEquals(id.equals(key.id()) ? key : null, found, algorithm);
      }
      assertNotNull(keys.find(null, algorithm));
    }
    assertNull(keys.find("rsa-1", "none"));
    assertNull(keys.find("rsa-1", "HS256"));
    assertNull(keys.find("", "RS256"));
  }

  @Test
  void parse_keysThatAreNotPublicOrNotToVerify_areIgnored() throws JOSEException, ParseException {
    JWK symmetric = new OctetSequenceKeyGenerator(256).keyID("oct").generate();
    assertIgnored("is private or symmetric", symmetric);
    assertIgnored("is private or symmetric", RSA);
    assertIgnored("is private or symmetric", EC);
    assertIgnored("is not to sign", publicRsa().keyUse(KeyUse.ENCRYPTION).build());
    assertIgnored(
        "is not to verify with", publicRsa().keyOperations(Set.of(KeyOperation.ENCRYPT)).build());
    assertIgnored("for an algorithm", publicRsa().algorithm(JWSAlgorithm.ES256).build());
    assertIgnored("for an algorithm", publicRsa().algorithm(JWSAlgorithm.HS256).build());
    assertIgnored("has less than 2048 bits", TestToken.rsa("weak", 1024).toPublicJWK());
  }

  @Test
  void parse_keyOfOneAlgorithm_fitsNoOther() throws ParseException {
    var keys =
        IssuerKeys.parse(
            publicSet(
                publicRsa()
                    .keyUse(KeyUse.SIGNATURE)
                    .keyOperations(Set.of(KeyOperation.VERIFY))
                    .algorithm(JWSAlgorithm.PS256)
                    .build()));
    assertNotNull(keys.find("rsa-1", "PS256"));
    assertNull(keys.find("rsa-1", "RS256"));
  }

  @Test
  void parse_malformedKey_leavesTheOthers() throws ParseException {
    String good = publicSet(RSA);
    for (String bad :
        List.of(
            "{}",
            "null",
            "1",
            "{\"kty\":\"RSA\",\"n\":\"AQAB\"}",
            "{\"kty\":\"new\",\"x\":1}",
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
            "{\"kty\":\"EC\",\"crv\":\"secp256k1\"}",
            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}")) {
      IssuerKeys keys = IssuerKeys.parse(good.replace("[", "[" + bad + ","));
      assertNotNull(keys.find("rsa-1", "RS256"), bad);
      assertEquals(1, keys.keys().size());
      assertTrue(keys.ignored().getFirst().startsWith("key 1 of 2 is "), keys.ignored().toString());
    }
  }

  @Test
  void find_twoThatFit_isNeither() throws ParseException {
    RSAKey sameId = new RSAKey.Builder(OTHER_RSA).keyID("rsa-1").build();
    IssuerKeys keys = IssuerKeys.parse(publicSet(RSA, sameId, EC));
    assertNull(keys.find("rsa-1", "RS256"));
    assertNull(keys.find(null, "RS256"));
    assertNotNull(keys.find(null, "ES256"));
  }

  @Test
  void containsAll_keyOfTheSameName_isAnother() throws ParseException {
    IssuerKeys one = IssuerKeys.parse(publicSet(RSA));
    RSAKey renamed = new RSAKey.Builder(OTHER_RSA).keyID("rsa-1").build();
    assertTrue(IssuerKeys.parse(publicSet(EC, RSA)).containsAll(one));
    assertFalse(IssuerKeys.parse(publicSet(renamed)).containsAll(one));
    assertFalse(IssuerKeys.parse(publicSet(EC)).containsAll(one));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":null}",
        "<html>",
        "{\"keys\":["
      })
  void parse_whatIsNoSet_isRefused(String text) {
    assertThrows(ParseException.class, () -> IssuerKeys.parse(text));
  }

  @Test
  void parse_keys_haveAMost() throws ParseException {
    String key = "{}";
    var most = String.join(",", Collections.nCopies(IssuerKeys.KEYS_MAX, key));
    assertEquals(
        IssuerKeys.KEYS_MAX, IssuerKeys.parse("{\"keys\":[" + most + "]}").ignored().size());
    assertThrows(
        ParseException.class, () -> IssuerKeys.parse("{\"keys\":[" + most + "," + key + "]}"));
  }

  private static RSAKey.Builder publicRsa() {
    return new RSAKey.Builder(RSA.toPublicJWK());
  }

  private static void assertIgnored(String why, JWK key) throws ParseException {
    IssuerKeys keys = IssuerKeys.parse(new JWKSet(key).toString(false));
    assertEquals(List.of(), keys.keys());
    String ignored = keys.ignored().getFirst();
    assertTrue(ignored.startsWith("key 1 of 1 ") && ignored.contains(why), ignored);
  }
}
