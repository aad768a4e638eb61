package dev.consentry.server.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries: grants in one share, absences in another, so that made-up ids never push grants out.
 * A key may for a moment be in both; each of the two is true by itself.
 */
final class Shares {
  /** Absences get this part of the table. */
  private static final int ABSENCE_PART = 16;

  private final ConcurrentMap<TableKey, Entry> grants;
  private final ConcurrentMap<TableKey, Entry> absences;

  Shares(ConcurrentMap<TableKey, Entry> grants, ConcurrentMap<TableKey, Entry> absences) {
    this.grants = grants;
    this.absences = absences;
  }

  /**
   * Shares that evict what is used least.
   *
   * @param maxBytes of both together
   */
  static Shares ofBytes(long maxBytes) {
    long absenceBytes = Math.max(1, maxBytes / ABSENCE_PART);
    return new Shares(
        cache(Math.max(1, maxBytes - absenceBytes)).asMap(), cache(absenceBytes).asMap());
  }

  /* Maintenance runs on the thread that causes it: it is short, and a hop to another costs more. */
  private static Cache<TableKey, Entry> cache(long maxBytes) {
    return Caffeine.newBuilder()
        .maximumWeight(maxBytes)
        .weigher((TableKey key, Entry entry) -> entry.weight(key))
        .executor(Runnable::run)
        .build();
  }

  @Nullable Entry find(TableKey key) {
    Entry entry = grants.get(key);
    return entry != null ? entry : absences.get(key);
  }

  /** Where an entry belongs. */
  ConcurrentMap<TableKey, Entry> shareOf(Entry entry) {
    return entry.isAbsence() ? absences : grants;
  }

  /** Drops what is older than {@code entry} from the share where it does not belong. */
  void dropOlderElsewhere(TableKey key, Entry entry) {
    var other = entry.isAbsence() ? grants : absences;
    other.computeIfPresent(key, (k, old) -> old.revision() < entry.revision() ? null : old);
  }

  /** Replaces what is older, where it is. Brings nothing in. */
  void replaceOlder(TableKey key, Entry entry) {
    grants.computeIfPresent(key, (k, old) -> newer(old, entry));
    absences.computeIfPresent(key, (k, old) -> newer(old, entry));
  }

  /** Walks every key of both shares. */
  void forEachKey(BiConsumer<TableKey, ConcurrentMap<TableKey, Entry>> visit) {
    grants.keySet().forEach(key -> visit.accept(key, grants));
    absences.keySet().forEach(key -> visit.accept(key, absences));
  }

  /** Forgets a key, as an eviction does. */
  void evict(TableKey key) {
    grants.remove(key);
    absences.remove(key);
  }

  private static Entry newer(Entry old, Entry entry) {
    return old.revision() < entry.revision() ? entry : old;
  }
}
