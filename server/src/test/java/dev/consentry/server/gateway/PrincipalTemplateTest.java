package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.decision.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PrincipalTemplateTest {
  private static final String TEXT = "spiffe://example.com/ns.1/{app}/account/{account}";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spiffe://example.com/{app}",
        "spiffe://example.com/{account}",
        "spiffe://example.com/{app}/{account}/{app}",
        "spiffe://example.com/{app}{account}",
        "spiffe://example.com/a-{app}/{account}",
        "spiffe://example.com/{app}/{account}/",
        "spiffe://example.com//{app}/{account}",
        "spiffe://{app}/{account}",
        "spiffe://Example.com/{app}/{account}",
        "https://example.com/{app}/{account}",
        "spiffe://example.com/{app}/{account}/{name}",
        "spiffe://example.com/.*/{app}/{account}",
        "spiffe://example.com/\\E/{app}/{account}"
      })
  void parse_noTemplate_isRefused(String text) {
    assertThrows(InvalidValueException.class, () -> PrincipalTemplate.parse(text));
  }

  @Test
  void subject_wholeMatch_isThatApp() throws Exception {
    Subject subject =
        PrincipalTemplate.parse(TEXT).subject("spiffe://example.com/ns.1/mail/account/a%2Fb");
    assertEquals("mail", subject.app().value());
    assertEquals("a%2Fb", subject.account().value(), "never decoded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spiffe://example.com/ns.1/mail/account/",
        "spiffe://example.com/ns.1//account/acme",
        "spiffe://example.com/ns.1/mail/account/acme/",
        "spiffe://example.com/ns.1/mail/account/acme/x",
        "spiffe://example.com/ns.1/ma/il/account/acme",
        "spiffe://example.com/nsx1/mail/account/acme",
        "spiffe://example.org/ns.1/mail/account/acme",
        "SPIFFE://example.com/ns.1/mail/account/acme",
        " spiffe://example.com/ns.1/mail/account/acme",
        "spiffe://example.com/ns.1/mail/account/acme\n",
        "spiffe://example.com/ns.1/mail/account/ac me",
        "spiffe://example.com/ns.1/mail/account/acmé",
        "spiffe://example.com/ns.1/mail/account/acme,spiffe://example.com/ns.1/x/account/y"
      })
  void subject_anythingElse_isNotFound(String principal) {
    var template = PrincipalTemplate.parse(TEXT);
    var e = assertThrows(NotLetThroughException.class, () -> template.subject(principal));
    assertEquals(Reason.SUBJECT_NOT_FOUND, e.reason());
  }

  @Test
  void parse_longestTemplate_isTakenAndOneMoreIsNot() throws Exception {
    String end = "/{app}/{account}";
    String longest =
        "spiffe://x" + "/a".repeat((PrincipalTemplate.LENGTH_MAX - 10 - end.length()) / 2) + end;
    assertEquals(PrincipalTemplate.LENGTH_MAX, longest.length());
    var template = PrincipalTemplate.parse(longest);
    assertEquals(
        "acme",
        template
            .subject(longest.replace("{app}", "mail").replace("{account}", "acme"))
            .account()
            .value());
    assertThrows(InvalidValueException.class, () -> PrincipalTemplate.parse("spiffe://xx" + longest.substring(10)));
  }

  @Test
  void equals_sameText_isEqual() {
    assertEquals(PrincipalTemplate.parse(TEXT), PrincipalTemplate.parse(TEXT));
    assertEquals(
        PrincipalTemplate.parse(TEXT).hashCode(), PrincipalTemplate.parse(TEXT).hashCode());
    assertNotEquals(PrincipalTemplate.parse(TEXT), PrincipalTemplate.parse(TEXT + "/x"));
  }
}
