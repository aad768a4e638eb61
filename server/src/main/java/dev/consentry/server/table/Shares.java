package dev.consentry.server.table;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
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
  private final Runnable awaitEvictions;
  private final LongSupplier bytes;

  /**
   * @param awaitEvictions returns when no eviction that it found under way is any longer
   * @param bytes of both together, about
   */
  Shares(
      ConcurrentMap<TableKey, Entry> grants,
      ConcurrentMap<TableKey, Entry> absences,
      Runnable awaitEvictions,
      LongSupplier bytes) {
    this.grants = grants;
    this.absences = absences;
    this.awaitEvictions = awaitEvictions;
    this.bytes = bytes;
  }

  /**
   * Shares that evict what is used least.
   *
   * @param maxBytes of both together
   */
  static Shares ofBytes(long maxBytes) {
    long absenceBytes = Math.max(1, maxBytes / ABSENCE_PART);
    var grants = cache(Math.max(1, maxBytes - absenceBytes));
    var absences = cache(absenceBytes);
    return new Shares(
        grants.asMap(),
        absences.asMap(),
        () -> {
          // Caffeine evicts under a lock that this takes.
          grants.cleanUp();
          absences.cleanUp();
        },
        () -> bytesOf(grants) + bytesOf(absences));
  }

  private static long bytesOf(Cache<TableKey, Entry> cache) {
    return cache.policy().eviction().map(eviction -> eviction.weightedSize().orElse(0)).orElse(0L);
  }

  long grantEntries() {
    return grants.size();
  }

  long absenceEntries() {
    return absences.size();
  }

  /** What the entries weigh. */
  long bytes() {
    return bytes.getAsLong();
  }

  /* Maintenance runs on the thread that causes it: it is short, and a hop to another costs more. */
  private static Cache<TableKey, Entry> cache(long maxBytes) {
    return Caffeine.newBuilder()
        .maximumWeight(maxBytes)
        .weigher((TableKey key, Entry entry) -> entry.weight(key))
        .executor(Runnable::run)
        .build();
  }

  @Nullable Entry find(LookUpKey key) {
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
  /*
   * compute, because it waits for a load that is inside its own. Caffeine's computeIfPresent looks first and takes a
   * key that is being brought in for absent.
   */
  void replaceOlder(TableKey key, Entry entry) {
    grants.compute(key, (k, old) -> newer(old, entry));
    absences.compute(key, (k, old) -> newer(old, entry));
  }

  /** Walks every key of both shares, but for those that are being removed. */
  void forEachKey(BiConsumer<TableKey, ConcurrentMap<TableKey, Entry>> visit) {
    grants.keySet().forEach(key -> visit.accept(key, grants));
    absences.keySet().forEach(key -> visit.accept(key, absences));
  }

  void awaitEvictions() {
    awaitEvictions.run();
  }

  /** Forgets a key, as an eviction does. */
  void evict(TableKey key) {
    grants.remove(key);
    absences.remove(key);
  }

  private static @Nullable Entry newer(@Nullable Entry old, Entry entry) {
    return old != null && old.revision() < entry.revision() ? entry : old;
  }
}
