package dev.consentry.server.security;

import static dev.consentry.server.security.TestToken.AUDIENCE;
import static dev.consentry.server.security.TestToken.EC;
import static dev.consentry.server.security.TestToken.ISSUER;
import static dev.consentry.server.security.TestToken.SETTINGS;
import static dev.consentry.server.security.TestToken.good;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a token opens. What it does not say, it does not open. */
final class JwtRolesTest {
  private final TestJwts jwts = TestJwts.of(SETTINGS);

  @AfterEach
  void close() {
    jwts.close();
  }

  @Test
  void roles_listOrText_areTheSame() {
    for (Object roles :
        List.of(List.of("decider", "operator"), "operator decider", " decider  operator ")) {
      Rights rights = jwts.rights(good().claim("roles", roles).signedBy(EC));
      assertTrue(rights.mayDecideEverything() && rights.mayOperate(), roles.toString());
    }
  }

  @Test
  void roles_unknownOnes_openNothing() {
    Rights rights =
        jwts.rights(
            good()
                .claim("roles", List.of("offline_access", "OPERATOR", "operator ", "", "decider"))
                .signedBy(EC));
    assertTrue(rights.mayDecideEverything());
    assertFalse(rights.mayOperate());
  }

  @Test
  void roles_noneOfOurs_isNotAllowed() {
    for (Object roles :
        List.of(List.of(), "", "admin", List.of("admin"), List.of("decider operator"))) {
      assertEquals(
          new Refusal.NotAllowed(), jwts.refusal(good().claim("roles", roles).signedBy(EC)));
    }
    assertEquals(new Refusal.NotAllowed(), jwts.refusal(good().without("roles").signedBy(EC)));
  }

  @Test
  void claims_malformed_areRefused() {
    for (String name : List.of("roles", "accounts", "apps")) {
      for (Object value :
          List.of(1, true, Map.of("operator", true), List.of("decider", 1), List.of(List.of()))) {
        assertEquals(
            "`" + name + "` of the token is neither a list of texts nor a text",
            jwts.problem(good().claim(name, value).signedBy(EC)));
      }
      assertEquals(
          "`" + name + "` of the token is neither a list of texts nor a text",
          jwts.problem(good().claim(name, (Object) null).signedBy(EC)));
    }
  }

  @Test
  void accounts_listed_bindAllRolesButOperator() {
    Rights rights =
        jwts.rights(
            good()
                .claim("roles", List.of("decider", "account-admin"))
                .claim("accounts", List.of("acme", "*"))
                .signedBy(EC));
    assertTrue(rights.mayDecide("acme", "app"));
    assertTrue(rights.mayAdminister("acme", "app"));
    assertTrue(rights.mayView("*", "app"));
    for (String account : List.of("acm", "acme2", "ACME", "other")) {
      assertFalse(rights.mayDecide(account, "app"));
      assertFalse(rights.mayAdminister(account, "app"));
      assertFalse(rights.mayView(account, "app"));
    }
    assertFalse(rights.mayView(null, null));

    Rights operator =
        jwts.rights(
            good()
                .claim("roles", "operator")
                .claim("accounts", "acme")
                .claim("apps", "a")
                .signedBy(EC));
    assertTrue(operator.mayOperate());
    assertTrue(operator.mayView(null, null));
  }

  @Test
  void accounts_absent_openAllToDecidersAndNoneToOthers() {
    Rights rights =
        jwts.rights(
            good().claim("roles", List.of("decider", "viewer", "account-admin")).signedBy(EC));
    assertTrue(rights.mayDecideEverything());
    assertFalse(rights.mayView("acme", "app"));
    assertFalse(rights.mayAdminister("acme", "app"));
    assertFalse(rights.mayReadApp("app"), "who is bound to no account is shown nothing");
    assertEquals(
        new Refusal.NotAllowed(),
        jwts.refusal(good().claim("roles", "viewer account-admin").signedBy(EC)));
  }

  @Test
  void accounts_empty_openNone() {
    for (Object none : List.of(List.of(), "", " ")) {
      String roles = "decider viewer account-admin";
      assertEquals(
          new Refusal.NotAllowed(),
          jwts.refusal(good().claim("roles", roles).claim("accounts", none).signedBy(EC)));
      assertEquals(
          new Refusal.NotAllowed(),
          jwts.refusal(good().claim("roles", roles).claim("apps", none).signedBy(EC)));
    }
  }

  @Test
  void accounts_absentWhereNoRoleHoldsEverywhere_openNone() {
    try (var strict = TestJwts.of(withClaims(claims(Set.of(), Set.of())))) {
      assertEquals(new Refusal.NotAllowed(), strict.refusal(good().signedBy(EC)));
      assertEquals(
          new Refusal.NotAllowed(), strict.refusal(good().claim("accounts", "acme").signedBy(EC)));
      Rights bound =
          strict.rights(good().claim("accounts", "acme").claim("apps", "app").signedBy(EC));
      assertTrue(bound.mayDecide("acme", "app"));
      assertFalse(bound.mayDecide("acme", "other"));
      assertTrue(strict.rights(good().claim("roles", "operator").signedBy(EC)).mayOperate());
    }
  }

  @Test
  void accounts_absentForARoleThatHoldsEverywhere_openAll() {
    try (var auditors =
        TestJwts.of(withClaims(claims(Set.of(Role.VIEWER), EnumSet.allOf(Role.class))))) {
      Rights auditor = auditors.rights(good().claim("roles", "viewer").signedBy(EC));
      assertTrue(auditor.mayView(null, null));
      assertFalse(auditor.mayAdminister("acme", "app"));
      assertEquals(new Refusal.NotAllowed(), auditors.refusal(good().signedBy(EC)));
    }
  }

  @Test
  void apps_listed_bind() {
    TestToken token = good().claim("roles", "decider account-admin").claim("accounts", "acme");
    Rights all = jwts.rights(token.signedBy(EC));
    assertTrue(all.mayAdminister("acme", "any") && all.mayListApps());
    Rights some = jwts.rights(token.claim("apps", List.of("app")).signedBy(EC));
    assertTrue(some.mayDecide("acme", "app") && some.mayAdminister("acme", "app"));
    assertFalse(some.mayDecide("acme", "any") || some.mayAdminister("acme", "any"));
    assertFalse(some.mayListApps());
  }

  @Test
  void names_pointer_leadsIntoClaims() {
    var claims =
        new JwtSettings.Claims(
            "/realm_access/roles",
            "https://consentry.example/accounts",
            "/a~1b/c~0d/apps",
            Set.of(),
            Set.of());
    try (var nested = TestJwts.of(withClaims(claims))) {
      TestToken token =
          good()
              .claim("realm_access", Map.of("roles", List.of("decider", "uma_authorization")))
              .claim("https://consentry.example/accounts", List.of("acme"))
              .claim("a/b", Map.of("c~d", Map.of("apps", "app")));
      assertTrue(nested.rights(token.signedBy(EC)).mayDecide("acme", "app"));
      assertEquals(
          new Refusal.NotAllowed(), nested.refusal(token.without("realm_access").signedBy(EC)));
      assertEquals(
          new Refusal.NotAllowed(),
          nested.refusal(token.claim("realm_access", Map.of()).signedBy(EC)));
      assertEquals(
          "`/realm_access/roles` of the token is neither a list of texts nor a text",
          nested.problem(token.claim("realm_access", "decider").signedBy(EC)));
    }
  }

  private static JwtSettings.Claims claims(Set<Role> everyAccount, Set<Role> everyApp) {
    return new JwtSettings.Claims("roles", "accounts", "apps", everyAccount, everyApp);
  }

  private static JwtSettings withClaims(JwtSettings.Claims claims) {
    return new JwtSettings(
        ISSUER, AUDIENCE, SETTINGS.algorithms(), SETTINGS.type(), claims, SETTINGS.keys());
  }
}
