package dev.consentry.server.security;

import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.OTHER_RSA;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.SETTINGS;
import static dev.consentry.server.security.TestToken.good;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpHandler;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that an issuer publishes at a URL, with an issuer that is replaced, away, slow or mad. */
final class JwtKeysTest {
  private static final Duration PAUSE = JwksUrl.PACE.pause();
  private static final Duration EVERY = JwksUrl.PACE.every();
  private static final Duration TOLERANCE = JwksUrl.PACE.tolerance();

  /** Many times what a read may take that ends after 200 ms. */
  private static final Duration SOON = JwksUrl.TIMEOUT;

  private static final String UNKNOWN = "the key of the token is not known";

  /** What a slow issuer waits for: the end of the test. */
  private final CountDownLatch end = new CountDownLatch(1);

  private final JwksServer issuer = new JwksServer(publicSet(RSA));
  private final TestTime time = new TestTime();
  private final JwtKeys keys = keys(JwksUrl.TIMEOUT);
  private final Jwts jwts = new Jwts(SETTINGS, keys, time, time::nanos);

  @AfterEach
  void close() {
    end.countDown();
    jwts.close();
    issuer.close();
  }

  @Test
  void identify_keyThatIsNew_isReadOnceTheLastReadIsLongEnoughAgo() {
    issuer.publish(publicSet(RSA, EC));
    assertEquals(UNKNOWN, problem(good().signedBy(EC)));
    time.pass(PAUSE.minusNanos(1));
    assertEquals(UNKNOWN, problem(good().signedBy(EC)));
    assertEquals(1, issuer.requests());
    time.pass(Duration.ofNanos(1));
    long version = jwts.version();
    assertNotNull(identify(good().signedBy(EC)));
    assertNotNull(identify(good().signedBy(RSA)));
    assertEquals(2, issuer.requests());
    assertEquals(version, jwts.version(), "a key that is added ends no session");
  }

  @Test
  void look_keyThatIsGone_endsWhatItSigned() {
    String token = good().signedBy(RSA);
    long version = jwts.version();
    issuer.publish(publicSet(EC));
    time.pass(EVERY);
    identify(token);
    assertNotNull(jwts.known(new Credential.Bearer(token)));
    lookAndWait();
    assertNull(jwts.known(new Credential.Bearer(token)));
    assertEquals(UNKNOWN, problem(token));
    assertNotEquals(version, jwts.version());
  }

  @Test
  void look_freshKeys_asksNobody() {
    for (Duration passed = Duration.ZERO;
        passed.compareTo(EVERY) < 0;
        passed = passed.plus(JwtKeys.LOOK_EVERY)) {
      keys.look();
      time.pass(JwtKeys.LOOK_EVERY);
    }
    assertEquals(1, issuer.requests());
    lookAndWait();
    assertEquals(2, issuer.requests());
  }

  @Test
  void identify_10000KeyIds_causeTwoReadsAMinute() {
    TestToken token = good();
    int before = issuer.requests();
    for (int i = 0; i < 10_000; i++) {
      String random = token.header("alg", "RS256").header("kid", "kid-" + i).unsigned("AAAA");
      assertEquals(UNKNOWN, problem(random));
      time.pass(Duration.ofMillis(6));
    }
    assertEquals(Duration.ofMinutes(1), Duration.between(TestTime.START, time.instant()));
    assertTrue(issuer.requests() - before <= 2, issuer.requests() + " requests");
  }

  @Test
  void identify_manyAtOnce_shareOneRead() throws Exception {
    var asked = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    String both = publicSet(RSA, EC);
    issuer.handle(exchange -> {
      asked.countDown();
      await(release);
      JwksServer.answer(exchange, 200, both);
    });
    time.pass(PAUSE);
    String unknown = good().signedBy(EC);
    var waiting = new ArrayList<Future<Session>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        waiting.add(threads.submit(() -> identify(unknown)));
      }
      await(asked);
      /* The issuer answers nobody, and a key that is known is known all the same. */
      assertNotNull(identify(good().signedBy(RSA)));
      assertNull(jwts.known(new Credential.Bearer(unknown)));
      release.countDown();
      for (Future<Session> session : waiting) {
        assertNotNull(session.get());
      }
    }
    assertEquals(2, issuer.requests());
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 404, 500, 503})
  void look_issuerThatAnswersOtherwise_leavesTheKeys(int status) {
    HttpHandler redirect =
        exchange -> {
          exchange.getResponseHeaders().add("Location", "/elsewhere");
          JwksServer.answer(exchange, status, publicSet(OTHER_RSA));
        };
    assertKeysStay(redirect);
    assertEquals(2, issuer.requests());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "<html>down for maintenance</html>", "{}", "[]", "{\"keys\":[{\"kty\":"})
  void look_garbage_leavesTheKeys(String garbage) {
    assertKeysStay(exchange -> JwksServer.answer(exchange, 200, garbage));
  }

  @Test
  void look_endlessAnswer_leavesTheKeys() {
    byte[] chunk = " ".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
    assertKeysStay(exchange -> {
      exchange.sendResponseHeaders(200, 0);
      try (var out = exchange.getResponseBody()) {
        while (true) {
          out.write(chunk);
        }
      }
    });
  }

  @Test
  void look_longestAnswer_isTakenAndOneLongerIsNot() {
    String set = publicSet(EC);
    String longest = set + " ".repeat(JwksSource.SET_BYTES_MAX - set.length());
    assertKeysStay(exchange -> JwksServer.answer(exchange, 200, longest + " "));
    time.pass(PAUSE);
    issuer.publish(longest);
    lookAndWait();
    assertNotNull(identify(good().signedBy(EC)));
  }

  @Test
  void look_issuerThatNeverAnswers_leavesTheKeys() {
    try (var slow = new Jwts(SETTINGS, keys(Duration.ofMillis(200)), time, time::nanos)) {
      issuer.handle(exchange -> await(end));
      time.pass(PAUSE);
      String unknown = good().signedBy(EC);
      assertEquals(UNKNOWN, assertTimeout(SOON, () -> problem(slow, unknown)));
      assertNotNull(slow.identify(new Credential.Bearer(good().signedBy(RSA))));
    }
  }

  @Test
  void look_issuerThatNeverEnds_leavesTheKeys() {
    try (var slow = new Jwts(SETTINGS, keys(Duration.ofMillis(200)), time, time::nanos)) {
      issuer.handle(exchange -> {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write('{');
        exchange.getResponseBody().flush();
        await(end);
      });
      time.pass(PAUSE);
      String unknown = good().signedBy(EC);
      assertEquals(UNKNOWN, assertTimeout(SOON, () -> problem(slow, unknown)));
      assertNotNull(slow.identify(new Credential.Bearer(good().signedBy(RSA))));
    }
  }

  @Test
  void look_outageLongerThanTheTolerance_endsAllUntilItIsOver() {
    issuer.publish(503, "");
    time.pass(TOLERANCE);
    lookAndWait();
    String token = good().signedBy(RSA);
    identify(token);
    long version = jwts.version();

    time.pass(Duration.ofNanos(1));
    keys.look();
    assertNull(jwts.known(new Credential.Bearer(token)));
    assertEquals(
        "tokens cannot be verified now: the keys of their issuer cannot be had", problem(token));
    assertNotEquals(version, jwts.version());

    issuer.publish(publicSet(RSA));
    time.pass(PAUSE);
    lookAndWait();
    assertNotNull(identify(token));
  }

  @Test
  void look_outage_asksAgainAfterThePause() {
    issuer.publish(503, "");
    time.pass(EVERY);
    lookAndWait();
    assertEquals(2, issuer.requests());
    time.pass(PAUSE.minusNanos(1));
    lookAndWait();
    assertEquals(2, issuer.requests());
    time.pass(Duration.ofNanos(1));
    lookAndWait();
    assertEquals(3, issuer.requests());
  }

  @Test
  void look_emptySet_takesAllKeysBack() {
    issuer.publish("{\"keys\":[]}");
    time.pass(EVERY);
    lookAndWait();
    assertEquals(UNKNOWN, problem(good().signedBy(RSA)));
  }

  @Test
  void open_issuerWithoutKeys_doesNotStart() {
    issuer.publish("{\"keys\":[]}");
    assertCannotStart("has no key to verify tokens with");
    issuer.publish(publicSet(TestToken.rsa("weak", 1024)));
    assertCannotStart("has less than 2048 bits");
    issuer.publish(503, "");
    assertCannotStart("answers with status 503");
    issuer.publish("<html>");
    assertCannotStart("is no JWK set");
    issuer.close();
    assertCannotStart("cannot be connected to");
  }

  private void assertCannotStart(String why) {
    String problem = assertThrows(JwtKeysException.class, () -> keys(JwksUrl.TIMEOUT)).getMessage();
    assertTrue(problem.startsWith("the keys of the JWT issuer cannot be had: "), problem);
    assertTrue(problem.contains(why), problem);
    assertFalse(problem.contains("s3cret"), problem);
  }

  private void assertKeysStay(HttpHandler handler) {
    issuer.handle(handler);
    time.pass(EVERY);
    lookAndWait();
    assertTrue(issuer.requests() >= 2);
    assertNotNull(identify(good().signedBy(RSA)));
    assertEquals(UNKNOWN, problem(good().signedBy(OTHER_RSA)));
  }

  private void lookAndWait() {
    keys.look();
    keys.newerThan(keys.now());
  }

  private JwtKeys keys(Duration timeout) {
    return new JwtKeys(new JwksUrl(issuer.uri(), timeout), time::nanos);
  }

  private Session identify(String token) {
    return jwts.identify(new Credential.Bearer(token));
  }

  private String problem(String token) {
    return problem(jwts, token);
  }

  private static String problem(Jwts jwts, String token) {
    var credential = new Credential.Bearer(token);
    var e = assertThrows(RefusedException.class, () -> jwts.identify(credential));
    return ((Refusal.Unauthenticated) e.refusal()).problem();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IOException("nothing came");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
