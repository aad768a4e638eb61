package dev.consentry.server.security;

import org.jspecify.annotations.Nullable;

/**
 * A role, and where it holds.
 *
 * @param accounts for {@link Role#OPERATOR} all of them
 * @param apps likewise
 */
public record Binding(Role role, Extent accounts, Extent apps) {
  /** An operator is bound to nothing: its word counts for every account. */
  public Binding {
    if (role == Role.OPERATOR && !(accounts.isAll() && apps.isAll())) {
      throw new IllegalArgumentException(
          "operator must not be bound to accounts or apps: its word counts for all of them");
    }
  }

  /** Everywhere. */
  public static Binding everywhere(Role role) {
    return new Binding(role, Extent.ALL, Extent.ALL);
  }

  /**
   * Whether it holds there.
   *
   * @param account null for all accounts at once
   * @param app null for all apps at once
   */
  boolean covers(@Nullable String account, @Nullable String app) {
    return accounts.covers(account) && apps.covers(app);
  }
}
