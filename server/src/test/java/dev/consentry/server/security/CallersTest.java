package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.CallersMutants.Maker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

/** Each rule, and that a mutant without it is found. */
final class CallersTest {
  private static final TestAuthority AUTHORITY = TestAuthority.create("test authority");
  private static final Instant NOW = Instant.parse("2026-07-01T12:00:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final Instant FAR = NOW.plus(Duration.ofDays(1));

  private static final PresharedToken OLD = PresharedToken.make(new SecureRandom());
  private static final PresharedToken NEW = PresharedToken.make(new SecureRandom());
  private static final PresharedToken OTHER = PresharedToken.make(new SecureRandom());

  private static final CallersFile FILE =
      CallersFile.parse(
          Path.of("callers.yaml"),
          """
          callers:
            - id: gateway
              tokens: [{sha256: %s}, {sha256: %s}]
              roles: [{role: decider, accounts: [acme]}]
            - spiffe: spiffe://example.org/gateway
              roles: [{role: account-admin, accounts: [acme]}]
            - dns: sidecar.example.org
              roles: [{role: operator}]
          """
              .formatted(OLD.sha256(), NEW.sha256())
              .getBytes(StandardCharsets.UTF_8));

  @Test
  void takes_presharedTokensAndCertificates_nothingElse() {
    var callers = new Callers(FILE, CLOCK);
    assertTrue(callers.takes(new Credential.Bearer(OTHER.secret())));
    assertTrue(callers.takes(new Credential.Bearer("cst_")));
    assertTrue(callers.takes(certificate(request -> request)));
    assertFalse(callers.takes(new Credential.Bearer("eyJhbGciOiJFUzI1NiJ9.e30.x")));
    assertFalse(callers.takes(new Credential.Bearer("CST_" + OLD.secret().substring(4))));
    assertFalse(callers.takes(new Credential.Bearer("")));
  }

  @Test
  void known_tokenOld_andNew_areTheSameCallers() {
    for (PresharedToken token : new PresharedToken[] {OLD, NEW}) {
      Session session = new Callers(FILE, CLOCK).known(new Credential.Bearer(token.secret()));
      assertEquals("token:gateway", session.caller().actor().principal());
      assertTrue(session.caller().rights().mayDecide("acme", "mail"));
      assertFalse(session.caller().rights().mayDecide("globex", "mail"));
      assertFalse(session.caller().rights().mayView("acme", "mail"));
      assertEquals(NOW.plus(Session.KNOWN_FOR), session.until());
    }
  }

  @Test
  void known_unknownToken_isUnauthenticated() {
    Consumer<Maker> rule =
        maker ->
            assertEquals(
                "the preshared token is not, or no longer, one of this server's",
                unauthenticated(maker, new Credential.Bearer(OTHER.secret())));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.AnyToken::new);
  }

  @Test
  void known_malformedToken_isUnauthenticated() {
    String secret = OLD.secret();
    for (String token :
        new String[] {
          "cst_",
          secret.substring(0, secret.length() - 1),
          secret + "A",
          secret + " ",
          secret + "\n",
          " " + secret,
          "cst_" + secret,
          secret.substring(0, 10) + "\0" + secret.substring(11),
          "cst_" + "a".repeat(1 << 20)
        }) {
      assertEquals(
          "the preshared token is malformed: it was cut, or something was added",
          unauthenticated(Callers::new, new Credential.Bearer(token)));
    }
  }

  @Test
  void known_hashInsteadOfToken_isUnauthenticated() {
    unauthenticated(Callers::new, new Credential.Bearer(OLD.sha256()));
    unauthenticated(Callers::new, new Credential.Bearer("cst_" + OLD.sha256()));
  }

  @Test
  void known_listedCertificates_areTheirCallers() {
    Session spiffe = session(Callers::new, request -> request.uri("spiffe://example.org/gateway"));
    assertEquals("spiffe://example.org/gateway", spiffe.caller().actor().principal());
    assertTrue(spiffe.caller().rights().mayAdminister("acme", "mail"));
    assertFalse(spiffe.caller().rights().mayAdminister("globex", "mail"));
    assertFalse(spiffe.caller().rights().mayDecideSomething());

    Session dns = session(Callers::new, request -> request.dns("sidecar.example.org"));
    assertEquals("dns:sidecar.example.org", dns.caller().actor().principal());
    assertTrue(dns.caller().rights().mayOperate());
  }

  @Test
  void known_unlistedCertificate_isNotAllowed() {
    Consumer<Maker> rule =
        maker -> {
          assertNotAllowed(maker, request -> request.uri("spiffe://example.org/console"));
          assertNotAllowed(maker, request -> request.dns("gateway"));
          assertNotAllowed(maker, request -> request.dns("example.org"));
        };
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Unlisted::new);
  }

  @Test
  void known_nameThatBeginsOrEndsAsAListedOne_isNotAllowed() {
    Consumer<Maker> rule =
        maker -> {
          assertNotAllowed(maker, request -> request.uri("spiffe://example.org/gateway2"));
          assertNotAllowed(maker, request -> request.uri("spiffe://example.org/gateway/x"));
          assertNotAllowed(maker, request -> request.uri("spiffe://example.org.evil/gateway"));
          assertNotAllowed(maker, request -> request.uri("spiffe://evil-example.org/gateway"));
          assertNotAllowed(maker, request -> request.uri("spiffe://evil/example.org/gateway"));
          assertNotAllowed(maker, request -> request.uri("spiffe://example.org/Gateway"));
          assertNotAllowed(maker, request -> request.dns("sidecar.example.org.evil"));
          assertNotAllowed(maker, request -> request.dns("evil.sidecar.example.org"));
        };
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Prefixes::new);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://EXAMPLE.org/gateway",
        "SPIFFE://example.org/gateway",
        "spiffe://example.org/GATEWAY"
      })
  void known_anotherCase_isNobody(String uri) {
    Consumer<Maker> rule = maker -> assertNobody(maker, request -> request.uri(uri));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Folding::new);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://example.org/gateway/",
        "spiffe://example.org/gateway.",
        "spiffe://example%2eorg/gateway",
        "spiffe://example.org/%67ateway"
      })
  void known_anotherSpelling_isNobody(String uri) {
    Consumer<Maker> rule = maker -> assertNobody(maker, request -> request.uri(uri));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Normalizing::new);
  }

  @Test
  void known_dotAtTheEnd_isNobody() {
    Consumer<Maker> rule =
        maker -> assertNobody(maker, request -> request.dns("sidecar.example.org."));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Normalizing::new);
    assertNobody(Callers::new, request -> request.uri("spiffe://example.org./gateway"));
  }

  @Test
  void known_dnsNameWithNul_isNobody() {
    Consumer<Maker> rule =
        maker -> assertNobody(maker, request -> request.dns("sidecar.example.org\0.evil.org"));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.UpToNul::new);
  }

  @Test
  void known_twoUris_isNobody() {
    Consumer<Maker> rule =
        maker ->
            assertNobody(
                maker,
                request ->
                    request.uri("spiffe://example.org/gateway").uri("spiffe://example.org/x"));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Careless::new);
  }

  @Test
  void known_dnsNameInTheSubject_isNobody() {
    Consumer<Maker> rule =
        maker -> assertNobody(maker, request -> request.subject("sidecar.example.org"));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Careless::new);
  }

  @Test
  void known_actorWrittenAsAUriOrAName_isNobody() {
    assertNobody(Callers::new, request -> request.uri("token:gateway"));
    assertNobody(Callers::new, request -> request.uri("dns:sidecar.example.org"));
    assertNobody(Callers::new, request -> request.dns("token:gateway"));
  }

  @Test
  void known_certificateThatEndsSoon_isKnownUntilThen() {
    Consumer<Maker> rule =
        maker -> {
          Instant end = NOW.plusSeconds(7);
          Session session =
              session(
                  maker,
                  request ->
                      request.uri("spiffe://example.org/gateway").valid(NOW.minusSeconds(9), end));
          assertEquals(end, session.until());
        };
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Endless::new);
  }

  @Test
  void known_certificateThatHasEnded_isUnauthenticated() {
    Consumer<Maker> rule =
        maker ->
            assertEquals(
                "the client certificate has expired",
                unauthenticated(
                    maker,
                    certificate(request ->
                        request
                            .uri("spiffe://example.org/gateway")
                            .valid(NOW.minusSeconds(9), NOW))));
    rule.accept(Callers::new);
    assertFinds(rule, CallersMutants.Endless::new);
  }

  /** The mutant breaks the rule. */
  private static void assertFinds(Consumer<Maker> rule, Maker mutant) {
    assertThrows(AssertionFailedError.class, () -> rule.accept(mutant));
  }

  private static void assertNotAllowed(
      Maker maker, UnaryOperator<TestAuthority.Request> certificate) {
    assertEquals(new Refusal.NotAllowed(), refusal(maker, certificate(certificate)));
  }

  /** Neither listed nor well named. */
  private static void assertNobody(Maker maker, UnaryOperator<TestAuthority.Request> certificate) {
    Refusal refusal = refusal(maker, certificate(certificate));
    assertTrue(
        refusal instanceof Refusal.Unauthenticated || refusal instanceof Refusal.NotAllowed,
        refusal::toString);
  }

  private static String unauthenticated(Maker maker, Credential credential) {
    return assertInstanceOf(Refusal.Unauthenticated.class, refusal(maker, credential)).problem();
  }

  private static Refusal refusal(Maker maker, Credential credential) {
    Callers callers = maker.make(FILE, CLOCK);
    Refusal known = assertThrows(RefusedException.class, () -> callers.known(credential)).refusal();
    Refusal identified =
        assertThrows(RefusedException.class, () -> callers.identify(credential)).refusal();
    assertEquals(known, identified);
    return known;
  }

  private static Session session(Maker maker, UnaryOperator<TestAuthority.Request> certificate) {
    return maker.make(FILE, CLOCK).known(certificate(certificate));
  }

  private static Credential certificate(UnaryOperator<TestAuthority.Request> what) {
    var request = AUTHORITY.request().valid(NOW.minus(Duration.ofDays(1)), FAR);
    return new Credential.Certificate(what.apply(request).issue().certificate());
  }
}
