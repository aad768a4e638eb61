package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.decision.GrantKey;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** A whole table, or a mutant of one, whose keys a test evicts. */
public final class EvictableTable {
  private static final long MAX_BYTES = 1 << 22;

  private final TableKey.Maker keys = new TableKey.Maker(42);
  private final Signal news = new Signal();
  private final Freshness freshness;
  private final AtomicReference<HookedState> state = new AtomicReference<>();
  private final GrantTable table;

  /** The table as it is, and without one of its steps. */
  public enum Variant {
    PROTOCOL(HookedState::new),
    GUARD_ON_PROGRESS(Mutants.GuardOnProgress::new),
    JOIN_WITHOUT_FLOOR(Mutants.JoinWithoutFloor::new),
    IGNORES_TOKENS(Mutants.IgnoresTokens::new),
    KEEPS_FAILURES(Mutants.KeepsFailures::new),
    NO_SINGLE_FLIGHT(Mutants.NoSingleFlight::new),
    SKIPS_ONE_CHANGE_IN_1000((start, shares, freshness, keys, loads) ->
        new Mutants.SkipsChanges(1_000, start, shares, freshness, keys, loads)),
    SKIPS_ONE_CHANGE_IN_FIFTY((start, shares, freshness, keys, loads) ->
        new Mutants.SkipsChanges(50, start, shares, freshness, keys, loads));

    // A constructor: it has no state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final StateMaker maker;

    Variant(StateMaker maker) {
      this.maker = maker;
    }
  }

  /** How the table keeps up with a log that others write to as well. */
  public enum Following {
    PROTOCOL(Follower::new),
    PROVED_BY_EVERY_POLL(FollowerMutants.ProvedByEveryPoll::new),
    STAMPS_AFTER_THE_POLL(FollowerMutants.StampsAfterThePoll::new),
    SKIPS_UNKNOWN_CHANGES(FollowerMutants.SkipsUnknownChanges::new),
    ACKNOWLEDGES_AT_ONCE(FollowerMutants.AcknowledgesAtOnce::new);

    // A constructor: it has no state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final FollowerMutants.Maker maker;

    Following(FollowerMutants.Maker maker) {
      this.maker = maker;
    }
  }

  /** The table of an embedded store. */
  public EvictableTable(
      Variant variant, GrantSource source, Freshness freshness, Executor virtualThreads) {
    this(variant, source, freshness, virtualThreads, Stamp.ALWAYS);
  }

  private EvictableTable(
      Variant variant,
      GrantSource source,
      Freshness freshness,
      Executor virtualThreads,
      Stamp provedAt) {
    this.freshness = freshness;
    var loads = new Loads(source, freshness, virtualThreads);
    table =
        new GrantTable(
            keys,
            freshness,
            loads,
            start -> {
              var made =
                  (HookedState)
                      variant.maker.make(start, Shares.ofBytes(MAX_BYTES), freshness, keys, loads);
              state.set(made);
              return made;
            },
            new Progress(source.position(), provedAt),
            news);
  }

  /** The table of a replica, which {@link #follow} has to keep up. */
  public static EvictableTable ofReplica(
      Variant variant, GrantSource source, Freshness freshness, Executor virtualThreads) {
    return new EvictableTable(variant, source, freshness, virtualThreads, freshness.now());
  }

  /** Starts to follow a log. */
  public Follower follow(ChangeLog log, Following following, Duration pollInterval) {
    return Follower.started(following.maker.make(table, log, freshness, news, pollInterval));
  }

  public GrantTable table() {
    return table;
  }

  public void evict(GrantKey key) {
    state().shares().evict(keys.of(key));
  }

  /** What the follower runs when a change has reached the entries, before it publishes progress. */
  public void beforePublish(Consumer<Change> hook) {
    state().beforePublish(hook);
  }

  private HookedState state() {
    return requireNonNull(state.get());
  }
}
