package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.consentry.server.gateway.ClaimNames.TokenScopes;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ClaimNamesTest {
  private static final ClaimNames NAMES = new ClaimNames("azp", "org_id", TokenScopes.DEFAULT);
  private static final Map<String, Object> GOOD =
      Map.of("azp", "mail", "org_id", "acme", "scope", "read write");

  @Test
  void subject_goodClaims_isThatApp() throws Exception {
    Subject subject = NAMES.subject(GOOD);
    assertEquals("mail", subject.app().value());
    assertEquals("acme", subject.account().value());
    assertEquals(Set.of("read", "write"), subject.tokenScopes());
  }

  @Test
  void subject_otherNames_areRead() throws Exception {
    var names = new ClaimNames("client_id", "https://example.com/tenant", TokenScopes.DEFAULT);
    Subject subject =
        names.subject(Map.of("client_id", "mail", "https://example.com/tenant", "acme"));
    assertEquals("acme", subject.account().value());
    assertEquals(Set.of(), subject.tokenScopes());
  }

  @Test
  void subject_anythingButATextForAnId_isInvalid() {
    // Envoy's metadata has 12345678901234567890 and its neighbours as one double.
    for (Object bad :
        Arrays.asList(
            1, 1L, 1.0, new BigInteger("12345678901234567890"), true, List.of("acme"),
            Map.of("id", "acme"), "", "a b", "a\n", "é", "a".repeat(257), null)) {
      for (String name : List.of("azp", "org_id")) {
        assertInvalid(NAMES, with(name, bad));
      }
    }
    for (String name : List.of("azp", "org_id")) {
      var without = new HashMap<>(GOOD);
      without.remove(name);
      assertInvalid(NAMES, without);
    }
  }

  @Test
  void subject_azpAndClientId_mustBeEqual() throws Exception {
    assertEquals("mail", NAMES.subject(with("client_id", "mail")).app().value());
    for (Object other : Arrays.asList("full", "Mail", 1, null, List.of("mail"))) {
      assertInvalid(NAMES, with("client_id", other));
    }
    // Whichever of them the door reads, or none.
    var others = new ClaimNames("sub", "org_id", TokenScopes.DEFAULT);
    var claims = with("client_id", "full");
    claims.put("sub", "mail");
    assertInvalid(others, claims);
  }

  @Test
  void subject_boundToAKey_isInvalid() {
    assertInvalid(NAMES, with("cnf", Map.of("jkt", "x")));
    assertInvalid(NAMES, with("cnf", null));
  }

  @Test
  void subject_tokenScopes_areATextOrAListOfTexts() throws Exception {
    assertEquals(Set.of("a", "b"), NAMES.subject(with("scope", List.of("a", "b", "a"))).tokenScopes());
    assertEquals(Set.of("a", "b"), NAMES.subject(with("scope", "a b a")).tokenScopes());
    assertEquals(Set.of(), NAMES.subject(with("scope", List.of())).tokenScopes());
    var listWithNull = new ArrayList<Object>();
    listWithNull.add(null);
    for (Object bad : Arrays.asList(1, true, Map.of("a", 1), List.of(1), listWithNull, null)) {
      assertInvalid(NAMES, with("scope", bad));
    }
  }

  @Test
  void subject_tokenScopesThatMayBeMissing_areReadIfTheyAreThere() throws Exception {
    var names = new ClaimNames("azp", "org_id", new TokenScopes("scp", true));
    assertNull(names.subject(GOOD).tokenScopes());
    assertEquals(Set.of("a"), names.subject(with("scp", "a")).tokenScopes());
    assertEquals(Set.of(), names.subject(with("scp", List.of())).tokenScopes());
    assertInvalid(names, with("scp", null));
  }

  private static Map<String, Object> with(String name, Object value) {
    var claims = new HashMap<>(GOOD);
    claims.put(name, value);
    return claims;
  }

  private static void assertInvalid(ClaimNames names, Map<String, Object> claims) {
    var e = assertThrows(NotLetThroughException.class, () -> names.subject(claims));
    assertEquals(Reason.INVALID_TOKEN, e.reason());
  }
}
