package dev.consentry.server.table;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Makes one object of values that are equal, for most of those that repeat. What it has taken it
 * keeps: at most {@value #PLACES} values, which whoever takes of them need not count.
 */
final class Shared<T> {
  static final int PLACES = 1 << 12;

  private final AtomicReferenceArray<@Nullable T> places = new AtomicReferenceArray<>(PLACES);

  /** The one object that is equal to this, or this from now on; null if another has its place. */
  @Nullable T one(T value) {
    int hash = value.hashCode();
    int place = (hash ^ hash >>> 16) & PLACES - 1;
    T taken = places.get(place);
    if (taken == null) {
      T before = places.compareAndExchange(place, null, value);
      taken = before == null ? value : before;
    }
    return taken.equals(value) ? taken : null;
  }
}
