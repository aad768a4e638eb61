package dev.consentry.server.demo;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * An issuer of access tokens for apps (RFC 9068) whose key lies in a directory: for people who try
 * a door out and have no issuer. Who can read the directory can be any app.
 */
public final class DemoIssuer {
  public static final String ISSUER = "https://issuer.demo.invalid";
  public static final String AUDIENCE = "demo-api";
  public static final Duration LIFETIME_MIN = Duration.ofSeconds(1);
  public static final Duration LIFETIME_MAX = Duration.ofHours(24);

  /** So many of the longest make a token that is still taken. */
  public static final int SCOPES_MAX = 16;

  /** The private key, as a JWK. Made once, for its owner's eyes only, and never written again. */
  public static final String PRIVATE_FILE = "demo-issuer.json";

  /** The JWK set that a door reads. */
  public static final String PUBLIC_FILE = "demo-issuer-keys.json";

  private static final JOSEObjectType TYPE = new JOSEObjectType("at+jwt");

  private final ECKey key;

  private DemoIssuer(ECKey key) {
    this.key = key;
  }

  /**
   * A new token.
   *
   * @param expires in whole seconds
   */
  public record Minted(String token, Instant expires) {}

  /**
   * The one in a directory, made if there is none; its public keys are written again.
   *
   * @param directory made if there is none
   * @throws IOException whose text says what is wrong, and nothing of the key
   */
  public static DemoIssuer openOrMake(Path directory) throws IOException {
    OwnFiles.makeDirectory(directory);
    Path file = directory.resolve(PRIVATE_FILE);
    if (!Files.exists(file)) {
      /* Somebody else may be first: then theirs it is. */
      OwnFiles.makeSecret(file, newKey().toJSONString());
    }
    DemoIssuer issuer = open(directory);
    OwnFiles.replacePublic(directory.resolve(PUBLIC_FILE), issuer.publicKeys());
    return issuer;
  }

  /**
   * The one in a directory.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException whose text says what is wrong, and nothing of the key
   */
  public static DemoIssuer open(Path directory) throws IOException {
    Path file = directory.resolve(PRIVATE_FILE);
    try {
      ECKey key = ECKey.parse(OwnFiles.read(file));
      if (key.isPrivate() && key.getKeyID() != null && key.getCurve().equals(Curve.P_256)) {
        return new DemoIssuer(key);
      }
    } catch (ParseException | RuntimeException _) {
      // What it was is not repeated: an exception's text may hold parts of the key.
    }
    throw new IOException(
        "%s holds no private key of a demo issuer: delete it, and start the server again"
            .formatted(file));
  }

  /**
   * A token for an app that acts for an account.
   *
   * @param scopes perhaps none: then the token names none
   * @param lifetime from {@link #LIFETIME_MIN} to {@link #LIFETIME_MAX}; parts of a second do not
   *     count
   */
  public Minted mint(
      AppId app, AccountId account, List<Scope> scopes, Duration lifetime, Instant now) {
    Instant issued = Instant.ofEpochSecond(now.getEpochSecond());
    Instant expires = issued.plusSeconds(lifetime.toSeconds());
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .subject(app.value())
            .claim("azp", app.value())
            .claim("org_id", account.value())
            .issueTime(Date.from(issued))
            .expirationTime(Date.from(expires))
            .jwtID(UUID.randomUUID().toString());
    if (!scopes.isEmpty()) {
      claims.claim("scope", scopes.stream().map(Scope::value).collect(Collectors.joining(" ")));
    }
    var header = new JWSHeader.Builder(JWSAlgorithm.ES256).type(TYPE).keyID(key.getKeyID()).build();
    var token = new SignedJWT(header, claims.build());
    try {
      token.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java signs with ES256", e);
    }
    return new Minted(token.serialize(), expires);
  }

  private byte[] publicKeys() {
    return (new JWKSet(key).toString(true) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static ECKey newKey() {
    try {
      return new ECKeyGenerator(Curve.P_256)
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(JWSAlgorithm.ES256)
          .keyIDFromThumbprint(true)
          .generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java makes keys for ES256", e);
    }
  }
}
