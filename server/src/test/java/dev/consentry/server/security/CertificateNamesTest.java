package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CertificateNamesTest {
  private static final TestAuthority AUTHORITY = TestAuthority.create("test authority");
  private static final String ID = "spiffe://example.org/gateway";

  @Test
  void actor_oneUri_isTheSpiffeId() {
    assertEquals(ID, actor(request -> request.uri(ID)));
  }

  @Test
  void actor_oneUriAmongOtherNames_isTheSpiffeId() {
    assertEquals(
        ID,
        actor(request ->
            request
                .dns("a.example.org")
                .uri(ID)
                .dns("b.example.org")
                .ip("10.0.0.1")
                .name(GeneralName.rfc822Name, new DERIA5String("root@example.org"))));
  }

  @Test
  void actor_oneDnsNameAndNoUri_isTheName() {
    assertEquals(
        "dns:sidecar.example.org",
        actor(request -> request.dns("sidecar.example.org").ip("10.0.0.1")));
  }

  @Test
  void actor_twoUris_isRefused() {
    assertEquals(
        "the client certificate has more than one URI name",
        refusal(request -> request.uri(ID).uri("spiffe://example.org/console")));
    assertEquals(
        "the client certificate has more than one URI name",
        refusal(request -> request.uri(ID).uri("https://example.org/")));
    assertEquals(
        "the client certificate has more than one URI name",
        refusal(request -> request.uri(ID).uri(ID)));
  }

  @Test
  void actor_uriThatIsNoSpiffeId_isRefusedEvenBesideADnsName() {
    assertEquals(
        "the URI name in the client certificate must begin with `spiffe://`, in lower case",
        refusal(request -> request.uri("https://example.org/").dns("sidecar.example.org")));
  }

  @Test
  void actor_severalDnsNames_isRefused() {
    assertEquals(
        "the client certificate must have one URI name, or else one DNS name; it has several DNS names",
        refusal(request -> request.dns("a.example.org").dns("b.example.org")));
  }

  @Test
  void actor_onlyASubject_isRefused() {
    assertEquals(
        "the client certificate must have one URI name, or else one DNS name; it has neither",
        refusal(request -> request.subject("sidecar.example.org")));
    assertEquals(
        "the client certificate must have one URI name, or else one DNS name; it has neither",
        refusal(request -> request.subject("sidecar.example.org").ip("10.0.0.1")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://example.org/gateway\0",
        "spiffe://example.org\0.evil.org/gateway",
        "spiffe://example.org/gate\u00e4way",
        "spiffe://example.org/gateway\n",
        "spiffe://EXAMPLE.org/gateway",
        "Spiffe://example.org/gateway",
        "spiffe://example.org/%67ateway",
        "spiffe://example.org/gateway/",
        "spiffe://example.org:443/gateway",
        ""
      })
  void actor_malformedUri_isRefusedEvenBesideADnsName(String uri) {
    refusal(request -> request.uri(uri));
    refusal(request -> request.uri(uri).dns("sidecar.example.org"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sidecar.example.org\0",
        "sidecar.example.org\0.evil.org",
        "side\u00e4car.example.org",
        "SIDECAR.example.org",
        "*.example.org",
        "sidecar.example.org.",
        ""
      })
  void actor_malformedDnsName_isRefused(String host) {
    refusal(request -> request.dns(host));
  }

  @Test
  void actor_dnsNameInUtf8_isRefused() {
    refusal(request ->
        request.name(GeneralName.dNSName, new DERUTF8String("side\u00e4car.example.org")));
  }

  @Test
  void actor_certificateThatSignsOthers_isRefused() {
    String problem = "the client certificate is an authority's";
    assertEquals(problem, refusal(request -> request.uri(ID).authority(true)));
    assertEquals(
        problem,
        refusal(
            request -> request.uri(ID).usage(KeyUsage.digitalSignature | KeyUsage.keyCertSign)));
    assertEquals(
        problem,
        refusal(request -> request.uri(ID).usage(KeyUsage.digitalSignature | KeyUsage.cRLSign)));
  }

  private static String actor(UnaryOperator<TestAuthority.Request> what) {
    return CertificateNames.actor(what.apply(AUTHORITY.request()).issue().certificate())
        .principal();
  }

  private static String refusal(UnaryOperator<TestAuthority.Request> what) {
    var refused = assertThrows(RefusedException.class, () -> actor(what));
    return assertInstanceOf(Refusal.Unauthenticated.class, refused.refusal()).problem();
  }
}
