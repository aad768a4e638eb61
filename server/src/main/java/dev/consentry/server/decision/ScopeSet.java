package dev.consentry.server.decision;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** An immutable set of scopes, sorted bytewise. */
public final class ScopeSet {
  public static final ScopeSet EMPTY = new ScopeSet(new Scope[0]);

  private final Scope[] sorted;

  /** The same as bytes, in the same order: scopes are ASCII. */
  private final byte[][] sortedBytes;

  private ScopeSet(Scope[] sorted) {
    this.sorted = sorted;
    this.sortedBytes = new byte[sorted.length][];
    for (int i = 0; i < sorted.length; i++) {
      sortedBytes[i] = sorted[i].value().getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** The set of these scopes; naming one twice is naming it once. */
  public static ScopeSet of(Collection<Scope> scopes) {
    return scopes.isEmpty()
        ? EMPTY
        : new ScopeSet(scopes.stream().distinct().sorted().toArray(Scope[]::new));
  }

  public boolean contains(Scope scope) {
    return Arrays.binarySearch(sorted, scope) >= 0;
  }

  /** Whether the scope that stands from here to there in a text is one of them. */
  boolean contains(byte[] text, int from, int to) {
    int low = 0;
    int high = sortedBytes.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      byte[] scope = sortedBytes[middle];
      int order = Arrays.compareUnsigned(scope, 0, scope.length, text, from, to);
      if (order == 0) {
        return true;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return false;
  }

  public boolean containsAll(List<Scope> scopes) {
    for (int i = 0; i < scopes.size(); i++) {
      if (!contains(scopes.get(i))) {
        return false;
      }
    }
    return true;
  }

  public List<Scope> asList() {
    return List.of(sorted);
  }

  public int size() {
    return sorted.length;
  }

  public boolean isEmpty() {
    return sorted.length == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScopeSet that && Arrays.equals(sorted, that.sorted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sorted);
  }

  @Override
  public String toString() {
    return Arrays.toString(sorted);
  }
}
