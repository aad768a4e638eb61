package dev.consentry.server;

import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.config.StoreChoice;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.table.Follower;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import dev.consentry.server.table.Signal;
import java.security.SecureRandom;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The grant table, kept up in the way that its store asks for: by this server's own writer, or by
 * following what others write too.
 *
 * @param changes has to hear of what this server writes
 */
record Decisions(GrantTable table, GrantChanges changes, @Nullable Follower follower) {

  /** Fills no table yet, but from now on it is kept up; until these parts are closed. */
  static Decisions start(
      ServerConfig config,
      ConsentStore store,
      ForwardClock clock,
      Executor virtualThreads,
      ClosingStack parts) {
    var freshness = new Freshness(System::nanoTime, clock, config.maxStaleness());
    long hashSeed = new SecureRandom().nextLong();
    if (!(config.store() instanceof StoreChoice.Postgres)) {
      var table =
          GrantTable.embedded(
              store.source(), freshness, config.tableBytes(), hashSeed, virtualThreads);
      return new Decisions(table, table, null);
    }
    var news = new Signal();
    var table =
        GrantTable.following(
            store.source(), freshness, config.tableBytes(), hashSeed, virtualThreads, news);
    Follower follower =
        parts.add(Follower.start(table, store.log(), freshness, news, config.pollInterval()));
    parts.add(store.listen(follower::hear));
    return new Decisions(table, follower, follower);
  }

  Map<String, Long> counts() {
    var counts = new TreeMap<String, Long>();
    counts.put("loads", table.loads());
    counts.put("loads.failed", table.failedLoads());
    if (follower != null) {
      counts.put("polls", follower.polls());
      counts.put("polls.failed", follower.failedPolls());
      counts.put("resyncs", follower.resyncs());
    }
    return counts;
  }
}
