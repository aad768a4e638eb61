package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A door that believes two issuers, with their keys and the time in a test's hand: that of {@link
 * TestToken}, and another one. What it makes of claims is {@code azp}, which must be a text.
 */
final class TestAppTokens implements AutoCloseable {
  static final String OTHER_ISSUER = "https://other.example";
  static final String OTHER_AUDIENCE = "https://api.example";

  /** The other issuer's, which gives its keys the names that the first one's have. */
  static final ECKey OTHER_EC = TestToken.ec(TestToken.EC.getKeyID(), Curve.P_256);

  static final AppTokenSettings.Issuer FIRST = issuer(TestToken.ISSUER, Set.of("RS256", "ES256"));
  static final AppTokenSettings.Issuer OTHER = issuer(OTHER_ISSUER, Set.of("RS256", "ES256"));

  final TestTime time;
  final TestKeys keys;
  final TestKeys otherKeys;
  final RememberedTokens<String> remembered;
  final AppTokens<String> tokens;
  int timesRead;

  /** How a door is put together; a mutant changes one of these. */
  record Parts(
      String set,
      UnaryOperator<TokenRules> rules,
      BiFunction<Long, TestTime, RememberedTokens<String>> remembered) {
    static final Parts RIGHT =
        new Parts(
            TestToken.publicSet(TestToken.RSA, TestToken.EC),
            rules -> rules,
            (bytes, time) -> new RememberedTokens<>(bytes, time, time::nanos));

    Parts withKeys(String other) {
      return new Parts(other, rules, remembered);
    }

    Parts withRules(UnaryOperator<TokenRules> other) {
      return new Parts(set, other, remembered);
    }

    Parts remembering(BiFunction<Long, TestTime, RememberedTokens<String>> other) {
      return new Parts(set, rules, other);
    }
  }

  TestAppTokens(Parts parts) {
    this(parts, AppTokens.REMEMBERED_BYTES_MAX, new TestTime());
  }

  TestAppTokens(Parts parts, long bytesMax, TestTime time) {
    this.time = time;
    keys = new TestKeys(parts.set());
    otherKeys = new TestKeys(TestToken.publicSet(TestToken.OTHER_RSA, OTHER_EC));
    remembered = parts.remembered().apply(bytesMax, time);
    tokens =
        new AppTokens<>(
            List.of(
                new AppTokens.Issuer(
                    parts.rules().apply(TokenRules.of(FIRST)), new JwtKeys(keys, time::nanos)),
                new AppTokens.Issuer(
                    parts.rules().apply(TokenRules.of(OTHER)),
                    new JwtKeys(otherKeys, time::nanos))),
            this::app,
            time,
            remembered);
  }

  static TestAppTokens right() {
    return new TestAppTokens(Parts.RIGHT);
  }

  static AppTokenSettings.Issuer issuer(String issuer, Set<String> algorithms) {
    return new AppTokenSettings.Issuer(
        issuer,
        Set.of(TestToken.AUDIENCE, OTHER_AUDIENCE),
        algorithms,
        JwtSettings.ACCESS_TOKEN_TYPE,
        new JwtSettings.Keys.File(Path.of("keys.json")));
  }

  /** A token of an app, of the first issuer. */
  static TestToken good() {
    return TestToken.good().claim("azp", "mail").claim("org_id", "acme");
  }

  String identify(String token) {
    return tokens.identify(token);
  }

  @Nullable String known(String token) {
    return tokens.known(token);
  }

  /** What is wrong with a token that is no good. */
  String problem(String token) {
    Refusal refusal = assertThrows(RefusedException.class, () -> identify(token)).refusal();
    return ((Refusal.Unauthenticated) refusal).problem();
  }

  private String app(Map<String, Object> claims) {
    timesRead++;
    if (claims.get("azp") instanceof String app) {
      return app;
    }
    throw SignedToken.noGood("the token names no app");
  }

  @Override
  public void close() {
    tokens.close();
  }
}
