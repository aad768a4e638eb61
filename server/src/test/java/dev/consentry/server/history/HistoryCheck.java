package dev.consentry.server.history;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.consent.GrantChanges.UnknownChange;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Judges recorded answers against a log. Every answer names the revision at which it is the truth,
 * so that this takes one walk through the log, not a search for an order that explains it all.
 *
 * <p>An answer is right if
 *
 * <ol type="a">
 *   <li>it is the log's decision at its revision, at some instant between call and reply;
 *   <li>its revision is not below the caller's token;
 *   <li>nor below any that its replica had acknowledged when the call began;
 *   <li>nor below any that a replica had acknowledged more than the bound before;
 *   <li>nor, if it was to be fully consistent, below any acknowledged anywhere before;
 *   <li>all items of its batch are at one revision.
 * </ol>
 */
public final class HistoryCheck {
  private final List<Change> log;
  private final long maxStalenessNanos;
  private final Floors anywhere;
  private final Map<String, Floors> byReplica;

  /** A write that a caller was told of, at a time of {@link System#nanoTime()}. */
  public record Acknowledged(String replica, long revision, long atNanos) {}

  /** One instant on both clocks; the wall clock in microseconds since 1970. */
  public record Instants(long nanos, long micros) {}

  /**
   * A check or a batch.
   *
   * @param token the lowest revision that the caller took; 0 for any
   */
  public record Asked(
      String replica,
      Instants began,
      Instants replied,
      long token,
      boolean fullyConsistent,
      List<Item> items) {}

  /** One answer. */
  public record Item(CheckQuestion question, Decision decision, long at) {}

  /**
   * @param log in order of revision, from 1, without a hole
   */
  public HistoryCheck(List<Change> log, List<Acknowledged> writes, Duration maxStaleness) {
    for (int i = 0; i < log.size(); i++) {
      if (log.get(i).revision() != i + 1) {
        throw new IllegalArgumentException(
            "not dense: %d in place %d".formatted(log.get(i).revision(), i + 1));
      }
    }
    this.log = log;
    this.maxStalenessNanos = maxStaleness.toNanos();
    this.anywhere = new Floors(writes);
    this.byReplica =
        writes.stream()
            .collect(
                Collectors.groupingBy(
                    Acknowledged::replica,
                    Collectors.collectingAndThen(Collectors.toList(), Floors::new)));
  }

  /** What is wrong with these answers, one line each; empty if nothing is. */
  public List<String> violations(List<Asked> answers) {
    var found = new ArrayList<String>();
    answers.forEach(asked -> judgeRevisions(asked, found));
    judgeDecisions(answers, found);
    return found;
  }

  private void judgeRevisions(Asked asked, List<String> found) {
    long at = asked.items().stream().mapToLong(Item::at).min().orElseThrow();
    long began = asked.began().nanos();
    demand(at >= asked.token(), "(b) below the token", asked, found);
    Floors here = byReplica.get(asked.replica());
    demand(
        here == null || at >= here.before(began), "(c) below what it acknowledged", asked, found);
    demand(
        at >= anywhere.before(began - maxStalenessNanos), "(d) older than the bound", asked, found);
    demand(
        !asked.fullyConsistent() || at >= anywhere.before(began),
        "(e) not fully consistent",
        asked,
        found);
    demand(
        asked.items().stream().allMatch(item -> item.at() == at),
        "(f) a batch at more than one revision",
        asked,
        found);
  }

  private static void demand(boolean holds, String otherwise, Asked asked, List<String> found) {
    if (!holds) {
      found.add(otherwise + ": " + asked);
    }
  }

  /** Walks through the log once, and judges at each revision the answers that name it. */
  private void judgeDecisions(List<Asked> answers, List<String> found) {
    var claims = new ArrayList<Claim>();
    answers.forEach(asked -> asked.items().forEach(item -> claims.add(new Claim(asked, item))));
    claims.sort(Comparator.comparingLong(claim -> claim.item().at()));
    var truth = new Folded();
    for (Claim claim : claims) {
      boolean known = truth.upTo(claim.item().at());
      demand(known, "(a) at a revision that never was", claim.asked(), found);
      demand(
          !known || claim.isTrueOf(truth.of(claim.item().question().key())),
          "(a) not the log's decision",
          claim.asked(),
          found);
    }
  }

  private record Claim(Asked asked, Item item) {
    /** An expiry between call and reply may or may not have been seen. */
    boolean isTrueOf(Standing standing) {
      return isTrueOf(standing, asked.began()) || isTrueOf(standing, asked.replied());
    }

    private boolean isTrueOf(Standing standing, Instants now) {
      return item.decision().equals(Decision.decide(item.question(), standing, now.micros()));
    }
  }

  /** What holds at a revision that only grows. */
  private final class Folded {
    private final Map<GrantKey, Standing> standings = new HashMap<>();
    private final Set<AppId> suspended = new HashSet<>();
    private int next;

    /** Folds the log up to this revision; false if it is shorter. */
    boolean upTo(long revision) {
      while (next < log.size() && next < revision) {
        fold(log.get(next++));
      }
      return next == revision;
    }

    private void fold(Change change) {
      switch (change) {
        case GrantChange grant -> standings.put(grant.key(), grant.standing());
        case AppChange app when app.suspended() -> suspended.add(app.app());
        case AppChange app -> suspended.remove(app.app());
        case NoDecisionChange ignored -> {}
        case UnknownChange unknown -> throw new IllegalArgumentException(unknown.toString());
      }
    }

    Standing of(GrantKey key) {
      return standings
          .getOrDefault(key, Standing.NONE)
          .withAppSuspended(suspended.contains(key.app()));
    }
  }

  /** The highest revision acknowledged before a time. */
  private static final class Floors {
    private final TreeMap<Long, Long> highest = new TreeMap<>();

    Floors(List<Acknowledged> writes) {
      long max = 0;
      var inTime = writes.stream().sorted(Comparator.comparingLong(Acknowledged::atNanos)).toList();
      for (Acknowledged write : inTime) {
        max = Math.max(max, write.revision());
        highest.put(write.atNanos(), max);
      }
    }

    long before(long nanos) {
      var entry = highest.lowerEntry(nanos);
      return entry == null ? 0 : entry.getValue();
    }
  }
}
