package dev.consentry.server.security;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may do: the table of roles in {@code docs/security.md}, and nothing but what is
 * said there. Ids are compared byte for byte, and need not be well formed.
 */
public final class Rights {
  /** May do nothing. */
  public static final Rights NONE = of(List.of());

  /** May do everything: every role, everywhere. */
  public static final Rights EVERYTHING =
      of(EnumSet.allOf(Role.class).stream().map(Binding::everywhere).toList());

  private static final Set<Role> DECIDE = EnumSet.of(Role.DECIDER);
  private static final Set<Role> ADMINISTER = EnumSet.of(Role.ACCOUNT_ADMIN);
  private static final Set<Role> OPERATE = EnumSet.of(Role.OPERATOR);

  /** An administrator sees what it administers; an operator sees everything. */
  private static final Set<Role> VIEW = EnumSet.of(Role.VIEWER, Role.ACCOUNT_ADMIN, Role.OPERATOR);

  private final List<Binding> bindings;
  private final boolean decidesEverything;

  private Rights(List<Binding> bindings) {
    this.bindings = bindings;
    this.decidesEverything = bindings.contains(Binding.everywhere(Role.DECIDER));
  }

  /** All that any of these allows; no two of them allow together what neither does. */
  public static Rights of(Collection<Binding> bindings) {
    return new Rights(List.copyOf(bindings));
  }

  /** Whether every check may be asked. */
  public boolean mayDecideEverything() {
    return decidesEverything;
  }

  /** Whether checks may be asked at all, of some account and app. */
  public boolean mayDecideSomething() {
    return decidesEverything || bindings.stream().anyMatch(b -> b.role() == Role.DECIDER);
  }

  /** Whether a check of that account and app may be asked. */
  public boolean mayDecide(String account, String app) {
    return decidesEverything || holds(DECIDE, account, app);
  }

  /**
   * Whether grants and their history may be read.
   *
   * @param account null for all accounts at once
   * @param app null for all apps at once
   */
  public boolean mayView(@Nullable String account, @Nullable String app) {
    return holds(VIEW, account, app);
  }

  /** Whether any grants may be read, of some account and app. */
  public boolean mayViewSomething() {
    return bindings.stream().anyMatch(binding -> VIEW.contains(binding.role()));
  }

  /** The accounts whose grants to that app may be read. */
  public Extent viewableAccounts(String app) {
    return viewable(binding -> binding.apps().covers(app), Binding::accounts);
  }

  /** The apps whose grants by that account may be read. */
  public Extent viewableApps(String account) {
    return viewable(binding -> binding.accounts().covers(account), Binding::apps);
  }

  private Extent viewable(Predicate<Binding> holds, Function<Binding, Extent> extent) {
    return bindings.stream()
        .filter(binding -> VIEW.contains(binding.role()) && holds.test(binding))
        .map(extent)
        .reduce(Extent.of(Set.of()), Extent::or);
  }

  /** Whether grants of that account to that app may be previewed, made and revoked. */
  public boolean mayAdminister(String account, String app) {
    return holds(ADMINISTER, account, app);
  }

  /** Whether what an app is may be read, as the screen of consent needs it, in any account. */
  public boolean mayReadApp(String app) {
    return bindings.stream()
        .anyMatch(binding -> VIEW.contains(binding.role()) && binding.apps().covers(app));
  }

  /** Whether all apps may be listed. */
  public boolean mayListApps() {
    return bindings.stream()
        .anyMatch(binding -> VIEW.contains(binding.role()) && binding.apps().isAll());
  }

  /** Whether apps may be registered, changed, suspended and revoked everywhere. */
  public boolean mayOperate() {
    return holds(OPERATE, null, null);
  }

  private boolean holds(Set<Role> roles, @Nullable String account, @Nullable String app) {
    for (int i = 0; i < bindings.size(); i++) {
      Binding binding = bindings.get(i);
      if (roles.contains(binding.role()) && binding.covers(account, app)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return bindings.toString();
  }
}
