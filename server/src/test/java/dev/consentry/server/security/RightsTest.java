package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code RightsMatrixTest} has not: bindings to apps, and several of them. */
final class RightsTest {
  private static final Extent ACME = Extent.of(List.of("acme"));
  private static final Extent MAIL = Extent.of(List.of("mail"));

  @Test
  void none_anything_isRefused() {
    assertFalse(Rights.NONE.mayDecideSomething());
    assertFalse(Rights.NONE.mayDecide("acme", "mail"));
    assertFalse(Rights.NONE.mayView("acme", "mail"));
    assertFalse(Rights.NONE.mayAdminister("acme", "mail"));
    assertFalse(Rights.NONE.mayReadApp("mail"));
    assertFalse(Rights.NONE.mayListApps());
    assertFalse(Rights.NONE.mayOperate());
  }

  @Test
  void decider_boundToAnApp_decidesForItAlone() {
    Rights rights = of(new Binding(Role.DECIDER, Extent.ALL, MAIL));
    assertTrue(rights.mayDecide("acme", "mail"));
    assertFalse(rights.mayDecide("acme", "calendar"));
    assertFalse(rights.mayDecideEverything());
    assertTrue(rights.mayDecideSomething());
  }

  /** An account of one binding and an app of another are not a right. */
  @Test
  void decider_twoBindings_doNotMix() {
    Rights rights =
        of(
            new Binding(Role.DECIDER, ACME, MAIL),
            new Binding(Role.DECIDER, Extent.of(List.of("globex")), Extent.of(List.of("cal"))));
    assertTrue(rights.mayDecide("acme", "mail"));
    assertTrue(rights.mayDecide("globex", "cal"));
    assertFalse(rights.mayDecide("acme", "cal"));
    assertFalse(rights.mayDecide("globex", "mail"));
  }

  @Test
  void viewer_boundToAnApp_mayNotListThemAll() {
    Rights rights = of(new Binding(Role.VIEWER, Extent.ALL, MAIL));
    assertTrue(rights.mayView(null, "mail"));
    assertFalse(rights.mayView(null, null));
    assertFalse(rights.mayView("acme", null));
    assertTrue(rights.mayReadApp("mail"));
    assertFalse(rights.mayReadApp("calendar"));
    assertFalse(rights.mayListApps());
  }

  /** What can be searched is what {@link Rights#mayView} lets be read, one by one. */
  @Test
  void viewable_severalBindings_isWhatMayBeViewedOneByOne() {
    List<String> ids = List.of("acme", "globex", "initech", "mail", "cal");
    for (Rights rights :
        List.of(
            Rights.NONE,
            Rights.EVERYTHING,
            of(Binding.everywhere(Role.DECIDER)),
            of(Binding.everywhere(Role.OPERATOR)),
            of(new Binding(Role.VIEWER, ACME, Extent.ALL)),
            of(new Binding(Role.VIEWER, Extent.ALL, MAIL)),
            of(
                new Binding(Role.VIEWER, ACME, MAIL),
                new Binding(Role.DECIDER, Extent.of(List.of("initech")), Extent.ALL),
                new Binding(Role.ACCOUNT_ADMIN, Extent.of(List.of("globex")), Extent.ALL)))) {
      for (String account : ids) {
        for (String app : ids) {
          boolean may = rights.mayView(account, app);
          assertEquals(may, rights.viewableAccounts(app).covers(account), rights::toString);
          assertEquals(may, rights.viewableApps(account).covers(app), rights::toString);
        }
      }
    }
    assertTrue(of(new Binding(Role.VIEWER, Extent.ALL, MAIL)).viewableAccounts("mail").isAll());
    assertFalse(of(new Binding(Role.VIEWER, ACME, MAIL)).viewableAccounts("mail").isAll());
  }

  @Test
  void viewer_everywhere_listsWithoutAnAccount() {
    assertTrue(of(Binding.everywhere(Role.VIEWER)).mayView(null, null));
    assertFalse(of(new Binding(Role.VIEWER, ACME, Extent.ALL)).mayView(null, null));
  }

  @Test
  void operator_grants_isRefused() {
    Rights rights = of(Binding.everywhere(Role.OPERATOR));
    assertTrue(rights.mayOperate());
    assertTrue(rights.mayView(null, null));
    assertFalse(rights.mayAdminister("acme", "mail"));
    assertFalse(rights.mayDecideSomething());
  }

  @Test
  void operator_boundToSomething_isRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> new Binding(Role.OPERATOR, ACME, Extent.ALL));
    assertThrows(
        IllegalArgumentException.class, () -> new Binding(Role.OPERATOR, Extent.ALL, MAIL));
  }

  /** A database that compares without regard to case, or a pattern, would let these in. */
  @ParameterizedTest
  @ValueSource(strings = {"ACME", "acme ", "acm", "acmee", "*", "a*", "", "acme\0"})
  void decide_anotherSpelling_isAnotherAccount(String account) {
    assertFalse(of(new Binding(Role.DECIDER, ACME, Extent.ALL)).mayDecide(account, "mail"));
    Rights star = of(new Binding(Role.DECIDER, Extent.of(List.of("*")), Extent.ALL));
    assertEquals(account.equals("*"), star.mayDecide(account, "mail"));
  }

  @Test
  void extent_ofNothing_coversNothing() {
    Rights rights = of(new Binding(Role.DECIDER, Extent.of(List.of()), Extent.ALL));
    assertFalse(rights.mayDecide("", "mail"));
    assertFalse(rights.mayDecide("acme", "mail"));
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void role_itsText_isReadBack(Role role) {
    assertEquals(Optional.of(role), Role.of(role.text()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"DECIDER", "admin", "account_admin", "", "decider "})
  void role_anythingElse_isNone(String text) {
    assertEquals(Optional.empty(), Role.of(text));
  }

  private static Rights of(Binding... bindings) {
    return Rights.of(List.of(bindings));
  }
}
