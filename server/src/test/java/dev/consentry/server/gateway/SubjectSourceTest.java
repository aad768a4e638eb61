package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.gateway.ClaimNames.TokenScopes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is looked at again of a token that Envoy has verified. */
final class SubjectSourceTest {
  private static final long NOW = 1_790_000_000L;
  private static final SubjectSource.EnvoyJwt SOURCE =
      new SubjectSource.EnvoyJwt(
          "verified",
          Set.of("https://id.example.com"),
          Set.of("api", "other"),
          new ClaimNames("azp", "org_id", TokenScopes.DEFAULT));

  @Test
  void subject_expired_isRefusedAfterTheSkew() throws Exception {
    double last = NOW - SubjectSource.EnvoyJwt.SKEW_SECONDS;
    assertEquals("mail", SOURCE.subject(with("exp", last + 1), NOW).app().value());
    assertInvalid(with("exp", last));
    for (Object bad : Arrays.asList(Double.NaN, Double.NEGATIVE_INFINITY, "1e12", true, null)) {
      assertInvalid(with("exp", bad));
    }
  }

  @Test
  void subject_audience_isOneOrAListWithOne() throws Exception {
    var listWithNull = new ArrayList<Object>(List.of("other"));
    listWithNull.addFirst(null);
    for (Object good : List.of("api", List.of("x", "api"), listWithNull)) {
      assertEquals("acme", SOURCE.subject(with("aud", good), NOW).account().value());
    }
    for (Object bad : Arrays.asList("x", "api,other", "API", "", List.of(), List.of(1), 1, null)) {
      assertInvalid(with("aud", bad));
    }
  }

  @Test
  void subject_anotherIssuer_isRefused() {
    for (Object bad :
        Arrays.asList("https://id.example.com/", "https://evil.example", "", 1, null)) {
      assertInvalid(with("iss", bad));
    }
  }

  @Test
  void subject_none_isNoToken() {
    var e = assertThrows(NotLetThroughException.class, () -> SOURCE.subject(null, NOW));
    assertEquals(Reason.NO_TOKEN, e.reason());
  }

  private static Map<String, Object> with(String name, Object value) {
    var claims =
        new HashMap<String, Object>(
            Map.of(
                "iss", "https://id.example.com",
                "aud", "api",
                "exp", NOW + 60.0,
                "azp", "mail",
                "org_id", "acme"));
    claims.put(name, value);
    return claims;
  }

  private static void assertInvalid(Map<String, Object> claims) {
    var e =
        assertThrows(
            NotLetThroughException.class, () -> SOURCE.subject(claims, NOW), claims::toString);
    assertEquals(Reason.INVALID_TOKEN, e.reason());
  }
}
