package dev.consentry.server.bench;

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
import dev.consentry.server.TestAuthority;
import dev.consentry.server.security.PresharedToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * Writes into a directory what a server and a load need to authenticate: {@code ca.pem} with {@code
 * server.pem} and {@code client.pem} and their {@code .key}, {@code callers.yaml} with the client's
 * certificate and a token, {@code token}, {@code keys.json} with the issuer's key, {@code jwt}. All
 * of them may decide, and all end within an hour or so.
 *
 * <p>Argument: the directory. Whatever follows is ignored, because the launcher adds its own main
 * class.
 */
final class BenchCredentials {
  static final String ISSUER = "https://issuer.example";
  static final String AUDIENCE = "consentry";

  private static final String GATEWAY = "spiffe://example.org/gateway";
  private static final Duration LIFE = Duration.ofHours(1);

  private BenchCredentials() {}

  public static void main(String[] arguments) throws Exception {
    var directory = Path.of(arguments[0]);
    TestAuthority authority = TestAuthority.named("bench");
    authority.write(directory.resolve("ca.pem"));
    authority
        .issue(TestAuthority.loopback())
        .write(directory.resolve("server.pem"), directory.resolve("server.key"));
    authority
        .issue(TestAuthority.uri(GATEWAY))
        .write(directory.resolve("client.pem"), directory.resolve("client.key"));
    PresharedToken token = PresharedToken.make(new SecureRandom());
    Files.writeString(directory.resolve("token"), token.secret());
    Files.writeString(directory.resolve("callers.yaml"), callers(token));
    ECKey key = new ECKeyGenerator(Curve.P_256).keyID("bench").generate();
    Files.writeString(directory.resolve("keys.json"), new JWKSet(key).toPublicJWKSet().toString());
    Files.writeString(directory.resolve("jwt"), jwt(key));
    System.out.println("{}");
  }

  private static String callers(PresharedToken token) {
    return """
    callers:
      - id: gateway
        tokens:
          - sha256: %s
        roles:
          - role: decider
      - spiffe: %s
        roles:
          - role: decider
    """
        .formatted(token.sha256(), GATEWAY);
  }

  private static String jwt(ECKey key) throws Exception {
    Instant now = Instant.now();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .subject("gateway")
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(LIFE)))
            .claim("roles", List.of("decider"))
            .build();
    var header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .keyID(key.getKeyID())
            .type(new JOSEObjectType("at+jwt"))
            .build();
    var token = new SignedJWT(header, claims);
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }
}
