package dev.consentry.server;

import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.config.StoreChoice;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.metrics.TimeHistogram;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.table.Follower;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import dev.consentry.server.table.Signal;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The grant table, kept up in the way that its store asks for: by this server's own writer, or by
 * following what others write too.
 *
 * @param changes has to hear of what this server writes
 */
record Decisions(GrantTable table, GrantChanges changes, @Nullable Follower follower) {

  /**
   * Fills no table yet, but from now on it is kept up; until these parts are closed.
   *
   * @param revocations gets the time from each revocation until decisions know of it
   */
  static Decisions start(
      ServerConfig config,
      ConsentStore store,
      ForwardClock clock,
      Executor virtualThreads,
      TimeHistogram revocations,
      ClosingStack parts) {
    Consumer<List<Change>> onFollowed = changes -> measure(changes, clock, revocations);
    var freshness = new Freshness(System::nanoTime, clock, config.maxStaleness());
    long hashSeed = new SecureRandom().nextLong();
    if (!(config.store() instanceof StoreChoice.Postgres)) {
      var table =
          GrantTable.embedded(
              store.source(), freshness, config.tableBytes(), hashSeed, virtualThreads);
      GrantChanges changes =
          (reached, changed) ->
              table.follow(reached, changed).thenRun(() -> onFollowed.accept(changed));
      return new Decisions(table, changes, null);
    }
    var news = new Signal();
    var table =
        GrantTable.following(
            store.source(), freshness, config.tableBytes(), hashSeed, virtualThreads, news);
    Follower follower =
        parts.add(
            Follower.start(table, store.log(), freshness, news, config.pollInterval(), onFollowed));
    parts.add(store.listen(follower::hear));
    return new Decisions(table, follower, follower);
  }

  private static void measure(List<Change> changes, ForwardClock clock, TimeHistogram revocations) {
    for (Change change : changes) {
      if (change instanceof GrantChange grant && grant.revokes()) {
        revocations.add(clock.nowMicros() - grant.timeMicros());
      }
    }
  }

  List<Measure> measures() {
    var measures = new ArrayList<Measure>();
    measures.add(Measure.of(Metric.LOADS, table::loads).inLog("loads"));
    measures.add(Measure.of(Metric.FAILED_LOADS, table::failedLoads).inLog("loads.failed"));
    measures.add(Measure.of(Metric.STALENESS, () -> seconds(table.staleness())));
    measures.add(Measure.of(Metric.REVISION, () -> table.reached().number()));
    measures.add(Measure.of(Metric.TABLE_ENTRIES, table::grantEntries, "grant"));
    measures.add(Measure.of(Metric.TABLE_ENTRIES, table::absenceEntries, "absence"));
    measures.add(Measure.of(Metric.TABLE_BYTES, table::entryBytes));
    if (follower != null) {
      measures.add(Measure.of(Metric.POLLS, follower::polls).inLog("polls"));
      measures.add(Measure.of(Metric.FAILED_POLLS, follower::failedPolls).inLog("polls.failed"));
      measures.add(Measure.of(Metric.RESYNCS, follower::resyncs).inLog("resyncs"));
      measures.add(Measure.of(Metric.LAG, follower::lag));
    }
    return measures;
  }

  private static double seconds(Duration time) {
    return time.toNanos() / 1e9;
  }
}
