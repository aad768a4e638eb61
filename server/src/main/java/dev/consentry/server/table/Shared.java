package dev.consentry.server.table;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Makes one object of values that are equal, for most of those that repeat: it remembers the last
 * value in each of its places, and takes no more memory than that, whatever comes.
 */
final class Shared<T> {
  static final int PLACES = 1 << 12;

  private final AtomicReferenceArray<@Nullable T> last = new AtomicReferenceArray<>(PLACES);

  /** The value that is remembered, if it is equal to this one; else this one, which now is. */
  T one(T value) {
    int hash = value.hashCode();
    int place = (hash ^ hash >>> 16) & PLACES - 1;
    T known = last.get(place);
    if (known != null && known.equals(value)) {
      return known;
    }
    last.set(place, value);
    return value;
  }
}
