package dev.consentry.server.door;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.gateway.ClaimNames;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.Subject;
import dev.consentry.server.gateway.SubjectSource;
import dev.consentry.server.rpc.TestServer;
import dev.consentry.server.security.AppTokenSettings;
import dev.consentry.server.security.AppTokens;
import dev.consentry.server.security.JwtSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The doors of a section {@code gateway}, and an issuer of tokens of apps, whose time stands still
 * at {@link TestServer#START}. In the section, {@code JWKS} stands for the file with its keys.
 */
public final class TestGateway implements Supplier<Gateway>, AutoCloseable {
  public static final String ISSUER = "https://id.example.com";
  public static final String AUDIENCE = "api";
  private static final ECKey KEY = key();
  private static final ECKey OTHER_KEY = key();
  private static final int LIFETIME_SECONDS = 3_600;

  private final Gateway gateway;
  private final Map<String, AppTokens<Subject>> tokens = new HashMap<>();

  /** Reads the section. */
  public TestGateway(String section, GatewayFile.Around around, Path folder) {
    Path file = folder.resolve("gateway.yaml");
    Path keys = folder.resolve("keys.json");
    try {
      Files.writeString(keys, new JWKSet(KEY).toString(true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String text = section.replace("JWKS", "\"%s\"".formatted(keys));
    gateway = GatewayFile.parse(file, text.getBytes(StandardCharsets.UTF_8), around);
    gateway
        .doors()
        .forEach((name, door) -> {
          if (door.subject() instanceof SubjectSource.Token(var issuers, var claims)) {
            var settings =
                new AppTokenSettings(
                    issuers.stream()
                        .map(issuer ->
                            new AppTokenSettings.Issuer(
                                issuer.issuer(),
                                issuer.audiences(),
                                Set.of("ES256"),
                                issuer.type(),
                                JwtSettings.Keys.of(issuer.jwks())))
                        .toList());
            tokens.put(
                name,
                AppTokens.open(
                    settings, it -> subject(claims, it), InstantSource.fixed(TestServer.START)));
          }
        });
  }

  private static Subject subject(ClaimNames names, Map<String, Object> claims) {
    try {
      return names.subject(claims);
    } catch (NotLetThroughException e) {
      throw new RefusedException(new Refusal.Unauthenticated(e.detail()));
    }
  }

  @Override
  public Gateway get() {
    return gateway;
  }

  public Map<String, AppTokens<Subject>> tokens() {
    return tokens;
  }

  /** A good token of an app, for an account, made for these scopes, with one claim changed. */
  public static String token(String app, String account, String scopes, String name, Object value) {
    var claims = new HashMap<>(claims(app, account, scopes));
    claims.put(name, value);
    return signed(claims, KEY);
  }

  public static String token(String app, String account, String scopes) {
    return signed(claims(app, account, scopes), KEY);
  }

  /** The same without one claim. */
  public static String tokenWithout(String app, String account, String scopes, String name) {
    var claims = new HashMap<>(claims(app, account, scopes));
    claims.remove(name);
    return signed(claims, KEY);
  }

  /** A token with exactly these claims. */
  public static String signed(Map<String, Object> claims) {
    return signed(claims, KEY);
  }

  /** The same, signed by somebody else. */
  public static String forged(String app, String account, String scopes) {
    return signed(claims(app, account, scopes), OTHER_KEY);
  }

  /** What a good token says. */
  public static Map<String, Object> claims(String app, String account, String scopes) {
    long now = TestServer.START.getEpochSecond();
    return Map.of(
        "iss", ISSUER,
        "aud", AUDIENCE,
        "sub", "somebody",
        "iat", now,
        "exp", now + LIFETIME_SECONDS,
        "azp", app,
        "org_id", account,
        "scope", scopes);
  }

  private static String signed(Map<String, Object> claims, ECKey key) {
    var set = new JWTClaimsSet.Builder();
    claims.forEach((name, value) ->
        set.claim(
            name,
            Set.of("iat", "exp").contains(name) && value instanceof Long seconds
                ? Date.from(Instant.ofEpochSecond(seconds))
                : value));
    var header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(new JOSEObjectType("at+jwt"))
            .keyID("key")
            .build();
    var token = new SignedJWT(header, set.build());
    try {
      token.sign(new ECDSASigner(key));
      return token.serialize();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static ECKey key() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID("key").generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    tokens.values().forEach(AppTokens::close);
  }
}
