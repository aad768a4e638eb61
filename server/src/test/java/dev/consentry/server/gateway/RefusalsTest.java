package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.gateway.DoorAnswer.Refused;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RefusalsTest {
  private static final Subject SUBJECT =
      new Subject(new AppId("mail"), new AccountId("acme"), Set.of());
  private static final Refusals PLAIN = new Refusals(null, null);
  private static final Refusals FULL =
      new Refusals("https://x/meta", new ConsentUri("https://x/{app}/{account}/{scopes}"));

  /** RFC 9110 §5.6.4 and §11.6.1, in the characters that RFC 6750 §3 allows. */
  private static final Pattern CHALLENGE =
      Pattern.compile(
          "Bearer(?: [a-z_]+=\"[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]*\"(?:, [a-z_]+=\"[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]*\")*)?");

  @ParameterizedTest
  @EnumSource(Reason.class)
  void refused_everyReason_hasItsStatusAndChallenge(Reason reason) throws ParseException {
    Refused refused = FULL.refused(reason, "why", SUBJECT, "read write", "r-1");
    int status =
        switch (reason) {
          case UNSAFE_REQUEST, ROUTE_AMBIGUOUS -> 400;
          case NO_TOKEN, INVALID_TOKEN -> 401;
          default -> 403;
        };
    assertEquals(status, refused.status());
    assertEquals(
        switch (reason) {
          case NO_TOKEN -> "Bearer resource_metadata=\"https://x/meta\"";
          case INVALID_TOKEN ->
              "Bearer error=\"invalid_token\", error_description=\"why\", resource_metadata=\"https://x/meta\"";
          case SCOPE_NOT_GRANTED, TOKEN_SCOPE_MISSING ->
              "Bearer error=\"insufficient_scope\", scope=\"read write\", resource_metadata=\"https://x/meta\"";
          default -> null;
        },
        refused.challenge());
    assertEquals(status == 403 ? "r-1" : null, refused.revision());
    Map<String, Object> body = body(refused);
    assertEquals((long) status, body.get("status"));
    assertEquals(reason.name(), body.get("reason"));
    assertEquals("why", body.get("detail"));
    assertEquals(
        EnumSet.of(
                    Reason.NO_GRANT,
                    Reason.GRANT_REVOKED,
                    Reason.GRANT_EXPIRED,
                    Reason.SCOPE_NOT_GRANTED)
                .contains(reason)
            ? "https://x/mail/acme/read%20write"
            : null,
        body.get("consent_uri"));
  }

  @Test
  void refused_nothingConfigured_saysNoMore() throws ParseException {
    assertEquals("Bearer", PLAIN.refused(Reason.NO_TOKEN, "why", null, null, null).challenge());
    Refused refused = PLAIN.refused(Reason.NO_GRANT, "why", SUBJECT, "read", "r-1");
    assertNull(refused.challenge());
    assertEquals(
        Map.of("title", "Forbidden", "status", 403L, "reason", "NO_GRANT", "detail", "why"),
        body(refused));
  }

  @Test
  void refused_detailWithAnything_staysAChallengeAndAProblem() throws ParseException {
    String detail = "a \"b\" \\c\\\", x=\"\r\nSet-Cookie: a=b\u0000\u2028é";
    Refused refused = PLAIN.refused(Reason.INVALID_TOKEN, detail, null, null, null);
    String challenge = String.valueOf(refused.challenge());
    assertTrue(CHALLENGE.matcher(challenge).matches(), challenge);
    assertEquals(detail, body(refused).get("detail"));
    for (char c = 0; c < 0x200; c++) {
      String each =
          String.valueOf(
              PLAIN.refused(Reason.INVALID_TOKEN, "x" + c, null, null, null).challenge());
      assertTrue(CHALLENGE.matcher(each).matches(), each);
    }
  }

  @Test
  void refused_publicNeed_hasNoScopesToGrant() throws ParseException {
    Refused refused = FULL.refused(new NotLetThroughException(Reason.NO_GRANT, "why"));
    assertNull(body(refused).get("consent_uri"));
  }

  private static Map<String, Object> body(Refused refused) throws ParseException {
    return JSONObjectUtils.parse(new String(refused.body(), StandardCharsets.UTF_8));
  }
}
