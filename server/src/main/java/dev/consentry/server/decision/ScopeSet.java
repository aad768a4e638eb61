package dev.consentry.server.decision;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** An immutable set of scopes, sorted bytewise. */
public final class ScopeSet {
  private static final ScopeSet EMPTY = new ScopeSet(new Scope[0]);

  private final Scope[] sorted;

  private ScopeSet(Scope[] sorted) {
    this.sorted = sorted;
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
