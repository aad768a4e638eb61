package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.consent.GrantChanges.UnknownChange;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.Standing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that the table knows of one epoch. A call reads which state there is once, and stays with it.
 *
 * <p>Not final: each step that a safety test has a mutant for is a method of its own.
 */
/*
 * Why it is never stale (design/consistency.md; each rule was found by removing it):
 *
 *   - an entry e is true from e.revision up to whatever progress says, because the follower replaces entries before it
 *     publishes progress. So progress is read first, and the answer stands at the higher of the two;
 *   - a load may be older than a change under way. It is kept only at or above `pending`, which the follower raises
 *     before it touches an entry; both look at the key inside the same compute;
 *   - a change of an app touches keys that no compute protects. The follower raises `pending` under the exclusive put
 *     lock: a load that passed the guard before has by then put its entry where the walk finds it. The walk passes
 *     over an entry that is being removed, and a reader may find it until it is: the removals are waited for;
 *   - the clocks are read last: whatever delays this thread before counts.
 */
class TableState {
  /** A floor that nothing in memory reaches. */
  static final long READ_THE_STORE = Long.MAX_VALUE;

  private final Epoch epoch;
  private final Shares shares;
  private final Freshness freshness;
  private final TableKey.Maker keys;
  private final Loads loads;
  private final Flights flights;
  private final Entry.Maker entries = new Entry.Maker();
  private final AtomicLong pending;
  private final AtomicReference<Progress> progress;

  /** From this revision on nobody here knows what is true. */
  private final AtomicLong unknownFrom = new AtomicLong(Long.MAX_VALUE);

  private final ReadWriteLock putLock = new ReentrantReadWriteLock();

  /**
   * A state that knows nothing yet.
   *
   * @param start where it begins to follow
   */
  TableState(Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
    this.epoch = start.revision().epoch();
    this.shares = shares;
    this.freshness = freshness;
    this.keys = keys;
    this.loads = loads;
    this.flights = new Flights(key -> load(List.of(key)));
    this.pending = new AtomicLong(start.revision().number());
    this.progress = new AtomicReference<>(start);
  }

  final Progress progress() {
    return requireNonNull(progress.get());
  }

  final Shares shares() {
    return shares;
  }

  /** The lowest revision that a caller takes; {@link #READ_THE_STORE} if none in memory will do. */
  long floorOf(Consistency consistency) {
    return switch (consistency) {
      case Consistency.MinimizeLatency ignored -> 0;
      case Consistency.AtLeastAsFresh fresh ->
          fresh.revision().epoch().equals(epoch) ? fresh.revision().number() : READ_THE_STORE;
      case Consistency.FullyConsistent ignored -> READ_THE_STORE;
    };
  }

  /** What is known of a key, if it may be told now to a caller with this floor. */
  @Nullable Truth find(LookUpKey key, long floor) {
    Progress seen = progress();
    Entry entry = shares.find(key);
    if (entry == null) {
      return null;
    }
    Revision at =
        entry.revision() <= seen.revision().number()
            ? seen.revision()
            : new Revision(epoch, entry.revision());
    return at.number() >= floor && freshness.allows(seen.provedAt())
        ? new Truth(entry.standing(), at)
        : null;
  }

  /** What is known of all these keys at one revision, if it may be told now. */
  @Nullable List<Truth> findAll(List<TableKey> keys, long floor) {
    Memory view = view();
    if (view.at().number() < floor) {
      return null;
    }
    var truths = new ArrayList<Truth>(keys.size());
    for (TableKey key : keys) {
      Standing standing = view.standingOf(key);
      if (standing == null) {
        return null;
      }
      truths.add(new Truth(standing, view.at()));
    }
    return view.isFresh() ? truths : null;
  }

  Memory view() {
    return new Memory(progress());
  }

  /** The entries that are true at what progress was when this was made. */
  final class Memory implements View {
    private final Progress seen;

    Memory(Progress seen) {
      this.seen = seen;
    }

    @Override
    public Revision at() {
      return seen.revision();
    }

    @Override
    public @Nullable Standing find(AskedKey key) {
      return standingOf(TableState.this.keys.hashed(key));
    }

    @Nullable Standing standingOf(LookUpKey key) {
      Entry entry = shares.find(key);
      return entry == null || entry.revision() > seen.revision().number() ? null : entry.standing();
    }

    @Override
    public boolean isFresh() {
      return freshness.allows(seen.provedAt());
    }
  }

  /**
   * A load of one key that others may share; one that is sent after this call if {@code unsent}.
   */
  CompletableFuture<Load> fly(TableKey key, boolean unsent) {
    return unsent ? flights.joinUnsent(key) : flights.join(key);
  }

  /** A load of these keys, all from one snapshot; what it brings is kept. */
  final CompletableFuture<Load> load(List<TableKey> keys) {
    var grants = keys.stream().map(TableKey::grant).collect(Collectors.toSet());
    return loads.start(
        grants,
        load -> {
          if (isOfThisHistory(load) && load.revision() < unknownFrom.get()) {
            keys.forEach(key -> keep(key, load));
          }
        });
  }

  /** Whether a load may be told to a caller who could already see {@code floor}. */
  boolean accepts(Load load, long floor) {
    return isOfThisHistory(load)
        && load.revision() >= floor
        && load.revision() < unknownFrom.get()
        && freshness.allows(load.sentAt());
  }

  final boolean isOfThisHistory(Load load) {
    return load.epoch().equals(epoch);
  }

  /** Whether what is in memory may be told now, and what is not can be loaded. */
  final boolean isFresh() {
    return unknownFrom.get() == Long.MAX_VALUE && freshness.allows(progress().provedAt());
  }

  /** Lets nothing be told that rests on this revision or a later one. */
  final void stopAt(long revision) {
    unknownFrom.set(revision);
  }

  /** Why not. */
  final Refusal refusal(Load load, long floor) {
    if (!isOfThisHistory(load) || load.revision() >= unknownFrom.get()) {
      return new Refusal.StoreUnavailable();
    }
    return load.revision() < floor ? new Refusal.RevisionAhead() : new Refusal.TooStale();
  }

  /** Keeps what a load brought, unless something newer is there or under way. */
  void keep(TableKey key, Load load) {
    Entry loaded = entries.of(load.standingOf(key.grant()), load.revision());
    putLock.readLock().lock();
    try {
      shares
          .shareOf(loaded)
          .compute(
              key,
              (k, old) -> {
                if (old != null && old.revision() >= loaded.revision()) {
                  return old;
                }
                return loaded.revision() >= guard() ? loaded : null;
              });
      shares.dropOlderElsewhere(key, loaded);
    } finally {
      putLock.readLock().unlock();
    }
  }

  /** Below this no load is kept. */
  long guard() {
    return pending.get();
  }

  /**
   * Takes over changes and publishes progress. One thread at a time.
   *
   * @throws IllegalStateException if a revision is missing
   */
  final void follow(List<Change> changes, Stamp provedAt) {
    long next = progress().revision().number();
    for (Change change : changes) {
      if (change.revision() != ++next) {
        throw new IllegalStateException(
            "the log has a hole: expected revision %d, got %d".formatted(next, change.revision()));
      }
    }
    announce(next, changes.stream().anyMatch(AppChange.class::isInstance));
    changes.forEach(this::apply);
    Revision reached = changes.isEmpty() ? progress().revision() : new Revision(epoch, next);
    publish(new Progress(reached, provedAt));
  }

  /** Says up to which revision entries are about to change. */
  void announce(long revision, boolean touchesApp) {
    if (!touchesApp) {
      pending.set(revision);
      return;
    }
    putLock.writeLock().lock();
    try {
      pending.set(revision);
    } finally {
      putLock.writeLock().unlock();
    }
  }

  void apply(Change change) {
    switch (change) {
      case GrantChange grant ->
          shares.replaceOlder(keys.of(grant.key()), entries.of(grant.standing(), grant.revision()));
      case AppChange app -> {
        applyToAllOf(app);
        awaitRemovals();
      }
      case NoDecisionChange ignored -> {}
      case UnknownChange unknown ->
          throw new IllegalStateException("nobody knows what this means: " + unknown);
    }
  }

  /** Returns when what was being removed can no longer be found: by a load, or evicted. */
  void awaitRemovals() {
    putLock.writeLock().lock();
    try {
      shares.awaitEvictions();
    } finally {
      putLock.writeLock().unlock();
    }
  }

  final void publish(Progress reached) {
    progress.set(reached);
  }

  private void applyToAllOf(AppChange app) {
    byte[] id = TableKey.bytes(app.app().value());
    shares.forEachKey((key, share) -> {
      if (Arrays.equals(key.app, id)) {
        share.computeIfPresent(
            key,
            (k, old) ->
                old.revision() >= app.revision()
                    ? old
                    : entries.of(old.standing().withAppSuspended(app.suspended()), app.revision()));
      }
    });
  }
}
