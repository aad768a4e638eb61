package dev.consentry.server.security;

import static dev.consentry.server.security.TestAppTokens.FIRST;
import static dev.consentry.server.security.TestAppTokens.OTHER;
import static dev.consentry.server.security.TestAppTokens.OTHER_AUDIENCE;
import static dev.consentry.server.security.TestAppTokens.OTHER_EC;
import static dev.consentry.server.security.TestAppTokens.OTHER_ISSUER;
import static dev.consentry.server.security.TestAppTokens.good;
import static dev.consentry.server.security.TestToken.AUDIENCE;
import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.OTHER_RSA;
import static dev.consentry.server.security.TestToken.RSA;
import static dev.consentry.server.security.TestToken.publicSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.security.TestAppTokens.Parts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;

/** What tokens of apps stand for, and how long that is remembered. */
final class AppTokensTest {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Instant START = TestTime.START;

  private final TestAppTokens door = TestAppTokens.right();

  @AfterEach
  void close() {
    door.close();
  }

  @Test
  void identify_goodToken_isWhatTheReaderMakesOfIt() {
    assertEquals("mail", door.identify(good().signedBy(RSA)));
    assertEquals("mail", door.identify(good().signedBy(EC)));
  }

  @Test
  void identify_tokensOfTwoIssuers_areVerifiedWithTheirOwnKeys() {
    TestToken other = good().claim("iss", OTHER_ISSUER).claim("azp", "calendar");
    assertEquals("calendar", door.identify(other.signedBy(OTHER_EC)));
    assertEquals("mail", door.identify(good().signedBy(EC)));
  }

  @Test
  void identify_anyOfTheAudiences_isEnough() {
    for (Object audience :
        List.of(AUDIENCE, OTHER_AUDIENCE, List.of("x", OTHER_AUDIENCE), List.of(AUDIENCE))) {
      assertEquals("mail", door.identify(good().claim("aud", audience).signedBy(EC)));
    }
  }

  @Test
  void identify_readerThatRefuses_refusesEachTime() {
    String token = good().claim("azp", 7).signedBy(EC);
    for (int i = 1; i <= 3; i++) {
      assertEquals("the token names no app", door.problem(token));
      assertNull(door.known(token));
      assertEquals(i, door.timesRead);
    }
  }

  @Test
  void identify_wrongSignature_isNeverRead() {
    String token = good().header("kid", EC.getKeyID()).signedBy(OTHER_EC);
    assertEquals("the signature of the token is wrong", door.problem(token));
    assertEquals("the signature of the token is wrong", door.problem(token));
    assertNull(door.known(token));
    assertEquals(0, door.timesRead);
  }

  @Test
  void identify_asManyAtOnceAsMayBe_passAndTheNextIsShed() throws Exception {
    var atOnce = new CountDownLatch(AppTokens.IDENTIFYING_MAX);
    var release = new CountDownLatch(1);
    var keys = new TestKeys(TestToken.publicSet(RSA, EC));
    var time = new TestTime();
    var issuer =
        new AppTokens.Issuer(TokenRules.of(TestAppTokens.FIRST), new JwtKeys(keys, time::nanos));
    String token = good().signedBy(EC);
    try (var slow =
            new AppTokens<String>(
                List.of(issuer),
                claims -> {
                  atOnce.countDown();
                  awaited(release);
                  return "mail";
                },
                time,
                new RememberedTokens<>(AppTokens.REMEMBERED_BYTES_MAX, time, time::nanos));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<String>>();
      for (int i = 0; i < AppTokens.IDENTIFYING_MAX; i++) {
        answers.add(threads.submit(() -> slow.identify(token)));
      }
      assertTrue(atOnce.await(30, TimeUnit.SECONDS));
      var shed = assertThrows(RefusedException.class, () -> slow.identify(token));
      assertInstanceOf(Refusal.Overloaded.class, shed.refusal());
      release.countDown();
      for (Future<String> answer : answers) {
        assertEquals("mail", answer.get());
      }
      assertEquals("mail", slow.identify(token));
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void known_tokenNotSeenBefore_isLeftToIdentify() {
    String token = good().signedBy(EC);
    assertNull(door.known(token));
    assertNull(door.known("no token"));
    assertEquals(0, door.timesRead);
  }

  @Test
  void known_verifiedToken_isRememberedForAMinuteAtMost() {
    String token = good().signedBy(EC);
    String app = door.identify(token);
    door.time.pass(RememberedTokens.KEPT_FOR.minus(MILLI));
    assertSame(app, door.known(token));
    assertSame(app, door.identify(token));
    assertEquals(1, door.timesRead);
    door.time.pass(MILLI);
    assertNull(door.known(token));
    door.identify(token);
    assertEquals(2, door.timesRead);
  }

  @Test
  void known_tokenThatExpires_isForgottenWithIt() {
    assertForgottenWhenExpired(Parts.RIGHT);
    assertThrows(
        AssertionFailedError.class,
        () ->
            assertForgottenWhenExpired(
                Parts.RIGHT.remembering((bytes, time) -> new WithoutExpiry(bytes, time))));
  }

  private static void assertForgottenWhenExpired(Parts parts) {
    try (var door = new TestAppTokens(parts)) {
      String token = good().claim("exp", START.plusSeconds(20)).signedBy(EC);
      door.identify(token);
      door.time.pass(Duration.ofSeconds(20).plus(TokenRules.SKEW).minus(MILLI));
      assertNotNull(door.known(token));
      door.time.pass(MILLI);
      assertNull(door.known(token));
      assertEquals("the token has expired", door.problem(token));
    }
  }

  @Test
  void known_keyTakenBackByAnyIssuer_forgetsAll() {
    assertForgottenWithTheKey(Parts.RIGHT);
    assertThrows(
        AssertionFailedError.class,
        () ->
            assertForgottenWithTheKey(
                Parts.RIGHT.remembering((bytes, time) -> new WithoutVersion(bytes, time))));
  }

  private static void assertForgottenWithTheKey(Parts parts) {
    try (var door = new TestAppTokens(parts)) {
      String token = good().signedBy(EC);
      String other = good().claim("iss", OTHER_ISSUER).signedBy(OTHER_EC);
      door.identify(token);
      door.identify(other);
      door.otherKeys.publish(publicSet(OTHER_RSA));
      readAgain(door, OTHER_ISSUER);
      assertNull(door.known(token));
      assertNull(door.known(other));
      assertEquals("mail", door.identify(token));
      assertEquals("the key of the token is not known", door.problem(other));
      assertNotNull(door.known(token));
      door.keys.publish(publicSet(RSA));
      readAgain(door, TestToken.ISSUER);
      assertNull(door.known(token));
      assertEquals("the key of the token is not known", door.problem(token));
    }
  }

  /** A key that nobody knows makes a door read the keys of the issuer again. */
  private static void readAgain(TestAppTokens door, String issuer) {
    door.time.pass(JwksUrl.PACE.pause());
    door.problem(good().claim("iss", issuer).header("kid", "new").signedBy(EC));
  }

  @Test
  void known_keyAdded_staysRemembered() {
    String token = good().signedBy(EC);
    door.identify(token);
    door.keys.publish(publicSet(RSA, EC, OTHER_RSA));
    door.time.pass(JwksUrl.PACE.pause());
    assertEquals("mail", door.identify(good().signedBy(OTHER_RSA)));
    assertNotNull(door.known(token));
  }

  @Test
  void known_tokenOfAnotherDoor_isNotKnownHere() {
    assertApart(Parts.RIGHT);
    var one = new RememberedTokens<String>(1 << 20, new TestTime(), () -> 0);
    assertThrows(
        AssertionFailedError.class, () -> assertApart(Parts.RIGHT.remembering((_, _) -> one)));
  }

  private static void assertApart(Parts parts) {
    try (var here = new TestAppTokens(parts);
        var there = new TestAppTokens(parts)) {
      String token = good().signedBy(EC);
      there.identify(token);
      assertNotNull(there.known(token));
      assertNull(here.known(token));
      here.identify(token);
      assertEquals(1, here.timesRead);
    }
  }

  @Test
  void identify_moreTokensThanThereIsRoomFor_forgetsSome() {
    int bytesMax = 32 * 1024;
    try (var small = new TestAppTokens(Parts.RIGHT, bytesMax, door.time)) {
      List<String> tokens =
          IntStream.range(0, 40).mapToObj(i -> good().claim("jti", "t" + i).signedBy(EC)).toList();
      tokens.forEach(small::identify);
      long known = tokens.stream().map(small::known).filter(Objects::nonNull).count();
      assertTrue(known > 0 && known * tokens.getFirst().length() < bytesMax, known + " known");
    }
  }

  @Test
  void identify_manyScopes_takeMoreRoom() {
    /* A text of 1,500 scopes becomes 1,500 objects in a reader's hand. */
    String many = good().claim("scope", "s ".repeat(1_500).strip()).signedBy(EC);
    String few = good().claim("scope", "s".repeat(2_999)).signedBy(EC);
    try (var small = new TestAppTokens(Parts.RIGHT, 64 * 1024, door.time)) {
      small.identify(many);
      small.identify(few);
      assertNull(small.known(many));
      assertNotNull(small.known(few));
    }
  }

  @Test
  void open_keysInFilesAndAtUrls_areReadAndProblemsCounted(@TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("keys.json"), publicSet(EC));
    try (var server = new JwksServer(publicSet(OTHER_EC))) {
      var settings =
          new AppTokenSettings(
              List.of(
                  keysOf(FIRST, new JwtSettings.Keys.File(file)),
                  keysOf(OTHER, new JwtSettings.Keys.Url(server.uri()))));
      try (var tokens =
          AppTokens.open(settings, claims -> String.valueOf(claims.get("azp")), door.time)) {
        String token = good().claim("iss", OTHER_ISSUER).header("kid", "new").signedBy(OTHER_EC);
        assertNull(tokens.known(token));
        assertEquals("mail", tokens.identify(good().signedBy(EC)));
        assertEquals("mail", tokens.identify(good().claim("iss", OTHER_ISSUER).signedBy(OTHER_EC)));
        assertEquals(1, server.requests());
        assertEquals(0, tokens.problems());
      }
      var missing = new JwtSettings.Keys.File(folder.resolve("missing"));
      var one = new AppTokenSettings(List.of(FIRST, keysOf(OTHER, missing)));
      assertThrows(JwtKeysException.class, () -> AppTokens.open(one, claims -> claims, door.time));
    }
  }

  private static AppTokenSettings.Issuer keysOf(
      AppTokenSettings.Issuer issuer, JwtSettings.Keys keys) {
    return new AppTokenSettings.Issuer(
        issuer.issuer(), issuer.audiences(), issuer.algorithms(), issuer.type(), keys);
  }

  @Test
  void settings_issuers_areFewAndDiffer() {
    var issuers = new ArrayList<AppTokenSettings.Issuer>();
    for (int i = 0; i < AppTokenSettings.ISSUERS_MAX; i++) {
      issuers.add(TestAppTokens.issuer("https://" + i + ".example", Set.of("ES256")));
    }
    assertEquals(AppTokenSettings.ISSUERS_MAX, new AppTokenSettings(issuers).issuers().size());
    issuers.add(TestAppTokens.issuer("https://more.example", Set.of("ES256")));
    assertProblem("must have 1 to 10 issuers", () -> new AppTokenSettings(issuers));
    assertProblem("must have 1 to 10 issuers", () -> new AppTokenSettings(List.of()));
    assertProblem(
        "must have each issuer once: `" + OTHER_ISSUER + "`",
        () -> new AppTokenSettings(List.of(OTHER, FIRST, OTHER)));
  }

  @Test
  void settings_whatAcceptsTooMuch_isRefused() {
    Set<String> es256 = Set.of("ES256");
    for (String algorithm : List.of("none", "HS256", "EdDSA", "es256", "")) {
      assertProblem("not `" + algorithm + "`", () -> TestAppTokens.issuer("x", Set.of(algorithm)));
    }
    assertProblem("algorithms must be one or more", () -> TestAppTokens.issuer("x", Set.of()));
    assertProblem("issuer must be", () -> TestAppTokens.issuer(" ", es256));
    assertProblem("audiences must be 1 to 20", () -> withAudiences(Set.of()));
    assertProblem("must not be blank", () -> withAudiences(Set.of("api", "")));
    assertEquals(1, withAudiences(Set.of("api")).audiences().size());
    assertProblem("type must be", () -> withType(" "));
    assertTrue(JwtSettings.ALGORITHMS.containsAll(AppTokenSettings.USUAL_ALGORITHMS));
  }

  private static AppTokenSettings.Issuer withAudiences(Set<String> audiences) {
    return new AppTokenSettings.Issuer(
        "x", audiences, FIRST.algorithms(), FIRST.type(), FIRST.keys());
  }

  private static AppTokenSettings.Issuer withType(String type) {
    return new AppTokenSettings.Issuer(
        "x", FIRST.audiences(), FIRST.algorithms(), type, FIRST.keys());
  }

  private static void assertProblem(String part, Runnable maker) {
    String problem = assertThrows(InvalidValueException.class, maker::run).problem();
    assertTrue(problem.contains(part), problem);
  }

  /** Mutant: holds what it was given, whenever the token expires. */
  private static final class WithoutExpiry extends RememberedTokens<String> {
    WithoutExpiry(long bytesMax, TestTime time) {
      super(bytesMax, time, time::nanos);
    }

    @Override
    void put(TokenHash token, String value, Instant until, long keysVersion, int bytes) {
      super.put(token, value, Instant.MAX, keysVersion, bytes);
    }
  }

  /** Mutant: holds what it was given, whatever becomes of the keys. */
  private static final class WithoutVersion extends RememberedTokens<String> {
    WithoutVersion(long bytesMax, TestTime time) {
      super(bytesMax, time, time::nanos);
    }

    @Override
    @Nullable String find(TokenHash token, long keysVersion) {
      return super.find(token, 0);
    }

    @Override
    void put(TokenHash token, String value, Instant until, long keysVersion, int bytes) {
      super.put(token, value, until, 0, bytes);
    }
  }
}
