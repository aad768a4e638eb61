package dev.consentry.server.table;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.ChangeLog.Passage;
import dev.consentry.server.consent.Revision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Followers that leave one step out each. */
final class FollowerMutants {
  private FollowerMutants() {}

  /** The constructor of {@link Follower}, or of a mutant. */
  @FunctionalInterface
  interface Maker {
    Follower make(
        GrantTable table, ChangeLog log, Freshness freshness, Signal news, Duration pollInterval);
  }

  /** Takes a poll that came back for one that came to the end of the log. */
  static final class ProvedByEveryPoll extends Follower {
    ProvedByEveryPoll(
        GrantTable table, ChangeLog log, Freshness freshness, Signal news, Duration pollInterval) {
      super(table, log, freshness, news, pollInterval);
    }

    @Override
    Stamp provedAt(Passage passage, long reached, Stamp before, Stamp sentAt) {
      return sentAt;
    }
  }

  /** Counts from when the reply was read. */
  static final class StampsAfterThePoll extends Follower {
    private final Freshness freshness;

    StampsAfterThePoll(
        GrantTable table, ChangeLog log, Freshness freshness, Signal news, Duration pollInterval) {
      super(table, log, freshness, news, pollInterval);
      this.freshness = freshness;
    }

    @Override
    Stamp provedAt(Passage passage, long reached, Stamp before, Stamp sentAt) {
      return super.provedAt(passage, reached, before, freshness.now());
    }
  }

  /** Takes what it does not know for something that decides nothing. */
  static final class SkipsUnknownChanges extends Follower {
    SkipsUnknownChanges(
        GrantTable table, ChangeLog log, Freshness freshness, Signal news, Duration pollInterval) {
      super(table, log, freshness, news, pollInterval);
    }

    @Override
    List<Change> known(List<Change> changes) {
      return changes.stream()
          .map(change ->
              change instanceof UnknownChange
                  ? (Change) new NoDecisionChange(change.revision())
                  : change)
          .toList();
    }
  }

  /** Believes the writer, whatever this table knows. */
  static final class AcknowledgesAtOnce extends Follower {
    AcknowledgesAtOnce(
        GrantTable table, ChangeLog log, Freshness freshness, Signal news, Duration pollInterval) {
      super(table, log, freshness, news, pollInterval);
    }

    @Override
    public CompletableFuture<Void> follow(Revision reached, List<Change> changes) {
      return CompletableFuture.completedFuture(null);
    }
  }
}
