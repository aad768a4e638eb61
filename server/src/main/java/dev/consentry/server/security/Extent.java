package dev.consentry.server.security;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The ids for which something holds: all that there are and will be, or those listed. */
public final class Extent {
  public static final Extent ALL = new Extent(null);

  private final @Nullable Set<String> ids;

  private Extent(@Nullable Set<String> ids) {
    this.ids = ids;
  }

  /** Just these, byte for byte: a {@code *} is a letter. None, if there are none. */
  public static Extent of(Collection<String> ids) {
    return new Extent(Set.copyOf(ids));
  }

  public boolean isAll() {
    return ids == null;
  }

  /**
   * Whether it holds there.
   *
   * @param id null for all ids at once
   */
  public boolean covers(@Nullable String id) {
    return ids == null || (id != null && ids.contains(id));
  }

  /** Those listed; null if it is all that there are. */
  public @Nullable Set<String> ids() {
    return ids;
  }

  /** What either covers. */
  Extent or(Extent other) {
    if (ids == null || other.ids == null) {
      return ALL;
    }
    var both = new TreeSet<>(ids);
    both.addAll(other.ids);
    return of(both);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Extent extent
        && (ids == null ? extent.ids == null : ids.equals(extent.ids));
  }

  @Override
  public int hashCode() {
    return ids == null ? 0 : ids.hashCode();
  }

  /** {@code all}, or the ids in their order. */
  @Override
  public String toString() {
    return ids == null ? "all" : String.join(", ", new TreeSet<>(ids));
  }
}
