package dev.consentry.server.decision;

/**
 * Names an account: an organisation on whose data apps act. Opaque; an account exists by being
 * named.
 *
 * @param value 1 to 256 characters of visible ASCII
 */
public record AccountId(String value) implements Comparable<AccountId> {
  public AccountId {
    Ids.requireVisibleAscii(value);
  }

  /** Byte for byte, no case folding. */
  @Override
  public int compareTo(AccountId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
