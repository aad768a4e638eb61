package dev.consentry.server.table;

import dev.consentry.server.decision.GrantKey;

/** A key with its hash, which a seed of this process makes unpredictable. */
final class TableKey {
  final GrantKey grant;
  private final int hash;

  private TableKey(GrantKey grant, int hash) {
    this.grant = grant;
    this.hash = hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableKey that
        && hash == that.hash
        && grant.account().value().equals(that.grant.account().value())
        && grant.app().value().equals(that.grant.app().value());
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return grant.toString();
  }

  /**
   * Makes keys. Ids are chosen by callers, and String's own hash is known to all: 16,384 ids that
   * collide under it take seconds to insert. So the whole text is hashed from a secret start, each
   * character multiplied into all bits.
   */
  static final class Maker {
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private final long seed;

    Maker(long seed) {
      this.seed = seed;
    }

    TableKey of(GrantKey grant) {
      long state = mix(seed, grant.account().value());
      state = mix(state, grant.app().value());
      return new TableKey(grant, (int) (state >>> 32));
    }

    /** The length goes in first, so that no two pairs of ids run together. */
    private static long mix(long start, String text) {
      long state = (start ^ text.length()) * MULTIPLIER;
      for (int i = 0; i < text.length(); i++) {
        state = (state ^ state >>> 29 ^ text.charAt(i)) * MULTIPLIER;
      }
      return state ^ state >>> 32;
    }
  }
}
