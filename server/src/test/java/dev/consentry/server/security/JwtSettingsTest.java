package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JwtSettingsTest {
  @ParameterizedTest
  @ValueSource(strings = {"none", "HS256", "HS384", "HS512", "EdDSA", "ES256K", "rs256", ""})
  void algorithms_whatProvesNothingOrIsUnknown_isRefused(String algorithm) {
    assertProblem("jwt-algorithms", () -> settings("i", "a", Set.of("RS256", algorithm), "t"));
  }

  @Test
  void settings_missing_areRefused() {
    assertProblem("jwt-algorithms", () -> settings("i", "a", Set.of(), "t"));
    assertProblem("jwt-issuer", () -> settings(" ", "a", Set.of("RS256"), "t"));
    assertProblem("jwt-audience", () -> settings("i", "", Set.of("RS256"), "t"));
    assertProblem("jwt-type", () -> settings("i", "a", Set.of("RS256"), ""));
    assertEquals(
        JwtSettings.ALGORITHMS, settings("i", "a", JwtSettings.ALGORITHMS, "t").algorithms());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://issuer.example/jwks",
        "HTTPS://issuer.example",
        "http://localhost:8080/jwks",
        "http://127.0.0.1/jwks",
        "http://127.8.9.10/jwks",
        "http://[::1]:1/jwks"
      })
  void keys_secureUrl_isTaken(String url) {
    assertInstanceOf(JwtSettings.Keys.Url.class, JwtSettings.Keys.of(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://issuer.example/jwks",
        "http://10.0.0.1/jwks",
        "http://localhost.example/jwks",
        "http://127.0.0.1.example/jwks",
        "http://127.0.0.1@issuer.example/jwks",
        "https://user:secret@issuer.example/jwks",
        "http://[::2]/jwks",
        "ftp://localhost/jwks",
        "file:///etc/keys.json",
        "https:///jwks",
        "https://",
        "://x",
        "https://a b/",
        ""
      })
  void keys_urlThatAnybodyCouldAnswer_isRefused(String url) {
    assertProblem("jwt-keys", () -> JwtSettings.Keys.of(url));
  }

  @Test
  void keys_path_isAFile() {
    assertInstanceOf(JwtSettings.Keys.File.class, JwtSettings.Keys.of("/etc/consentry/keys.json"));
    assertProblem("jwt-keys", () -> JwtSettings.Keys.of("a\0b"));
  }

  @Test
  void claims_twoOfOneName_areRefused() {
    assertProblem(
        "jwt-roles-claim",
        () -> new JwtSettings.Claims("scope", "accounts", "scope", Set.of(), Set.of()));
  }

  private static JwtSettings settings(
      String issuer, String audience, Set<String> algorithms, String type) {
    return new JwtSettings(
        issuer,
        audience,
        algorithms,
        type,
        JwtSettings.Claims.DEFAULTS,
        JwtSettings.Keys.of("keys.json"));
  }

  private static void assertProblem(String setting, Runnable made) {
    var e = assertThrows(InvalidValueException.class, made::run);
    assertTrue(e.problem().startsWith(setting), e.problem());
  }
}
