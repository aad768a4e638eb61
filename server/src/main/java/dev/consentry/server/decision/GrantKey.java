package dev.consentry.server.decision;

import java.util.Comparator;

/** Names what is granted: an app, by an account. There is at most one grant a key. */
public record GrantKey(AccountId account, AppId app) implements Comparable<GrantKey> {
  private static final Comparator<GrantKey> ORDER =
      Comparator.comparing(GrantKey::account).thenComparing(GrantKey::app);

  /** By account, then by app, bytewise: the order of every list of grants. */
  @Override
  public int compareTo(GrantKey other) {
    return ORDER.compare(this, other);
  }
}
