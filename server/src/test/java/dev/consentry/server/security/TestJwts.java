package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;

/** What decides on tokens, with keys and time in a test's hand. */
final class TestJwts implements AutoCloseable {
  final TestTime time = new TestTime();
  final TestKeys keys;
  final Jwts jwts;

  TestJwts(JwtSettings settings, String set) {
    keys = new TestKeys(set);
    jwts = new Jwts(settings, new JwtKeys(keys, time::nanos), time, time::nanos);
  }

  static TestJwts of(JwtSettings settings) {
    return new TestJwts(settings, TestToken.publicSet(TestToken.RSA, TestToken.EC));
  }

  Session identify(String token) {
    return jwts.identify(new Credential.Bearer(token));
  }

  Session known(String token) {
    return jwts.known(new Credential.Bearer(token));
  }

  String actor(String token) {
    return identify(token).caller().actor().principal();
  }

  Rights rights(String token) {
    return identify(token).caller().rights();
  }

  Refusal refusal(String token) {
    return assertThrows(RefusedException.class, () -> identify(token)).refusal();
  }

  /** What is wrong with a token that is no good. */
  String problem(String token) {
    return ((Refusal.Unauthenticated) refusal(token)).problem();
  }

  @Override
  public void close() {
    jwts.close();
  }
}
