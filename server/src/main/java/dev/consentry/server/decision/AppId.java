package dev.consentry.server.decision;

/**
 * Names an app as its publisher registered it; the OAuth {@code client_id}, also where that is a
 * URL.
 *
 * @param value 1 to 256 characters of visible ASCII
 */
public record AppId(String value) implements Comparable<AppId> {
  public AppId {
    Ids.requireVisibleAscii(value);
  }

  /** Byte for byte, no case folding. */
  @Override
  public int compareTo(AppId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
