package dev.consentry.server.table;

import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tables that leave one step of the protocol out. Each must fail the test of that step. */
final class Mutants {
  private Mutants() {}

  /** Keeps a load that progress has not passed, though a change of it may be under way. */
  static final class GuardOnProgress extends HookedState {
    GuardOnProgress(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    long guard() {
      return passed(progress().revision().number());
    }
  }

  /** Takes a shared load though the caller could already see more. */
  static final class JoinWithoutFloor extends HookedState {
    JoinWithoutFloor(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    boolean accepts(Load load, long floor) {
      return super.accepts(load, 0);
    }
  }

  /** Takes a load however long ago it was sent. */
  static final class AgelessLoad extends HookedState {
    AgelessLoad(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    boolean accepts(Load load, long floor) {
      return super.accepts(new Load(load.snapshot(), Stamp.ALWAYS), floor);
    }
  }

  /** A fully consistent check joins what is under way. */
  static final class FullyJoins extends HookedState {
    FullyJoins(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    CompletableFuture<Load> fly(TableKey key, boolean unsent) {
      return super.fly(key, false);
    }
  }

  /** Lets a load pass the guard while the walk for an app begins. */
  static final class SweepWithoutPutLock extends HookedState {
    SweepWithoutPutLock(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    void announce(long revision, boolean touchesApp) {
      super.announce(revision, false);
    }

    @Override
    void awaitRemovals() {}
  }

  /** Publishes while what the walk passed over can still be found. */
  static final class RemovalsNotAwaited extends HookedState {
    RemovalsNotAwaited(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    void awaitRemovals() {}
  }

  /** Follows only what it finds at first look, as Caffeine's computeIfPresent does. */
  static final class FollowLooksFirst extends HookedState {
    FollowLooksFirst(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
      this.keys = keys;
    }

    private final TableKey.Maker keys;

    @Override
    void apply(Change change) {
      if (change instanceof GrantChange grant && shares().find(keys.of(grant.key())) == null) {
        return;
      }
      super.apply(change);
    }
  }

  /** Skips every change whose revision is a multiple of {@code everyNth}. */
  static final class SkipsChanges extends HookedState {
    private final long everyNth;

    SkipsChanges(
        long everyNth,
        Progress start,
        Shares shares,
        Freshness freshness,
        TableKey.Maker keys,
        Loads loads) {
      super(start, shares, freshness, keys, loads);
      this.everyNth = everyNth;
    }

    @Override
    void apply(Change change) {
      if (change.revision() % everyNth != 0) {
        super.apply(change);
      }
    }
  }

  /** Loads for every caller alone. */
  static final class NoSingleFlight extends HookedState {
    NoSingleFlight(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    CompletableFuture<Load> fly(TableKey key, boolean unsent) {
      return load(List.of(key));
    }
  }

  /** Keeps the first failure of a key's load, and tells it to everybody from then on. */
  static final class KeepsFailures extends HookedState {
    private final Map<TableKey, CompletableFuture<Load>> failed = new ConcurrentHashMap<>();

    KeepsFailures(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    CompletableFuture<Load> fly(TableKey key, boolean unsent) {
      CompletableFuture<Load> before = failed.get(key);
      if (before != null) {
        return before;
      }
      CompletableFuture<Load> flight = super.fly(key, unsent);
      var _ =
          flight.whenComplete((_, failure) -> {
            if (failure != null) {
              failed.put(key, flight);
            }
          });
      return flight;
    }
  }

  /** Forgets what the caller has seen elsewhere. */
  static final class IgnoresTokens extends HookedState {
    IgnoresTokens(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    long floorOf(Consistency consistency) {
      return consistency instanceof Consistency.AtLeastAsFresh ? 0 : super.floorOf(consistency);
    }
  }

  /** Believes an entry to be as new as the progress that is made meanwhile. */
  static final class ProgressAfterEntry extends HookedState {
    ProgressAfterEntry(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
      this.freshness = freshness;
    }

    private final Freshness freshness;

    @Override
    @Nullable Truth find(LookUpKey key, long floor) {
      Entry entry = shares().find(key);
      return truth(entry, progress(), progress().provedAt(), floor, freshness);
    }
  }

  /** Looks at the clocks, and then at what is known. */
  static final class ClocksFirst extends HookedState {
    ClocksFirst(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
      this.freshness = freshness;
    }

    private final Freshness freshness;

    @Override
    @Nullable Truth find(LookUpKey key, long floor) {
      Progress seen = progress();
      boolean fresh = freshness.allows(seen.provedAt());
      Entry entry = shares().find(key);
      return fresh ? truth(entry, seen, Stamp.ALWAYS, floor, freshness) : null;
    }
  }

  /** Reads how far it is and when that was proved at two moments, as from two fields. */
  static final class ProgressInTwoFields extends HookedState {
    ProgressInTwoFields(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
      this.freshness = freshness;
    }

    private final Freshness freshness;

    @Override
    @Nullable Truth find(LookUpKey key, long floor) {
      Progress seen = progress();
      Entry entry = shares().find(key);
      return truth(entry, seen, progress().provedAt(), floor, freshness);
    }
  }

  /** Looks up a batch one by one, each at whatever progress there then is. */
  static final class BatchOneByOne extends HookedState {
    BatchOneByOne(
        Progress start, Shares shares, Freshness freshness, TableKey.Maker keys, Loads loads) {
      super(start, shares, freshness, keys, loads);
    }

    @Override
    @Nullable List<Truth> findAll(List<TableKey> keys, long floor) {
      var truths = new ArrayList<Truth>();
      for (TableKey key : keys) {
        Truth truth = find(key, floor);
        if (truth == null) {
          return null;
        }
        truths.add(truth);
      }
      return truths;
    }
  }

  private static @Nullable Truth truth(
      @Nullable Entry entry, Progress seen, Stamp provedAt, long floor, Freshness freshness) {
    if (entry == null) {
      return null;
    }
    long number = Math.max(entry.revision(), seen.revision().number());
    return number >= floor && freshness.allows(provedAt)
        ? new Truth(entry.standing(), new Revision(seen.revision().epoch(), number))
        : null;
  }
}
