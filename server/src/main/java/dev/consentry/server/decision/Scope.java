package dev.consentry.server.decision;

/**
 * One permission an app may ask for. Opaque: {@code *} and {@code :} are letters, and no scope
 * implies another.
 *
 * @param value 1 to 256 characters of RFC 6749 §3.3 {@code scope-token}
 */
public record Scope(String value) implements Comparable<Scope> {
  public Scope {
    Ids.requireScopeToken(value);
  }

  /** Byte for byte, no case folding. */
  @Override
  public int compareTo(Scope other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
