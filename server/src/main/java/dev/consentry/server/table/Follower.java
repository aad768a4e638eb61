package dev.consentry.server.table;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.ChangeLog.Passage;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a table up with a log that other replicas write to as well. It polls again and again, at
 * once when the signal is raised, and goes on whatever happens: after an error with a growing
 * pause, from a hole or another history with an empty table.
 *
 * <p>Not final: each step that a safety test has a mutant for is a method of its own.
 */
/*
 * What proves that memory is fresh is not that a poll came back, but that it came to the end of the log: a backlog
 * proves nothing. And it was the end when the poll was sent, not when its reply was read: whatever delays this thread
 * or the reply counts.
 */
public class Follower implements GrantChanges, AutoCloseable {
  static final int CHANGES_PER_POLL_MAX = 1_000;
  static final Duration PAUSE_AFTER_FAILURE_MIN = Duration.ofMillis(20);
  static final Duration PAUSE_AFTER_FAILURE_MAX = Duration.ofMillis(500);

  private static final Logger logger = LoggerFactory.getLogger(Follower.class);

  private final GrantTable table;
  private final ChangeLog log;
  private final Freshness freshness;
  private final Signal news;
  private final Duration pollInterval;
  private final Thread thread = Thread.ofPlatform().name("follower").daemon().unstarted(this::run);
  private final Queue<Awaited> awaited = new ConcurrentLinkedQueue<>();
  private final LongAdder polls = new LongAdder();
  private final LongAdder failedPolls = new LongAdder();
  private final LongAdder resyncs = new LongAdder();
  private final Consumer<List<Change>> onFollowed;

  /** Where the log ended when it was read last. */
  private volatile long end;

  private volatile boolean closed;
  private boolean stoppedAtUnknown;

  /** Somebody who waits until decisions know of a revision. */
  private record Awaited(Revision revision, CompletableFuture<Void> reached) {
    /**
     * Whether decisions have got that far, and whoever waits is told; or nobody waits any longer.
     */
    boolean isTold(Revision progress) {
      if (progress.epoch().equals(revision.epoch()) && progress.number() >= revision.number()) {
        reached.complete(null);
      }
      return reached.isDone();
    }

    /**
     * Whether it belongs to a history that is over: what was written there nobody will know here.
     */
    boolean failsUnlessOf(Epoch epoch) {
      return !revision.epoch().equals(epoch)
          && reached.completeExceptionally(new RefusedException(new Refusal.OutcomeUnknown()));
    }
  }

  Follower(
      GrantTable table, ChangeLog log, Freshness freshness, Signal news, Duration pollInterval) {
    this(table, log, freshness, news, pollInterval, _ -> {});
  }

  private Follower(
      GrantTable table,
      ChangeLog log,
      Freshness freshness,
      Signal news,
      Duration pollInterval,
      Consumer<List<Change>> onFollowed) {
    this.onFollowed = onFollowed;
    this.table = table;
    this.log = log;
    this.freshness = freshness;
    this.news = news;
    this.pollInterval = pollInterval;
  }

  /**
   * Starts to follow, on a thread of its own.
   *
   * @param news that there may be more to read
   * @param pollInterval how long to wait for news
   * @param onFollowed hears of changes once decisions know of them, on the thread that follows
   */
  public static Follower start(
      GrantTable table,
      ChangeLog log,
      Freshness freshness,
      Signal news,
      Duration pollInterval,
      Consumer<List<Change>> onFollowed) {
    return started(new Follower(table, log, freshness, news, pollInterval, onFollowed));
  }

  static Follower started(Follower follower) {
    follower.thread.start();
    return follower;
  }

  /** The log says what has changed, in its order and with what others wrote in between. */
  @Override
  public CompletableFuture<Void> follow(Revision reached, List<Change> changes) {
    var waiting = new Awaited(reached, new CompletableFuture<>());
    awaited.add(waiting);
    tellThoseWhoWait();
    if (!waiting.reached().isDone()) {
      news.raise();
    }
    return waiting.reached();
  }

  /** Somebody has written; this revision, or one that nobody knows. */
  public final void hear(long revision) {
    if (revision > table.state().progress().revision().number()) {
      news.raise();
    }
  }

  /** How many times it has read the log, or tried to. */
  public final long polls() {
    return polls.sum();
  }

  /** How many of those brought nothing. */
  public final long failedPolls() {
    return failedPolls.sum();
  }

  /** How many times it had to start anew. */
  public final long resyncs() {
    return resyncs.sum();
  }

  /** How many revisions there were, when the log was read last, that decisions do not know of. */
  public final long lag() {
    return Math.max(0, end - table.reached().number());
  }

  private void run() {
    Duration pause = PAUSE_AFTER_FAILURE_MIN;
    while (!closed) {
      try {
        if (poll()) {
          news.await(pollInterval);
        }
        pause = PAUSE_AFTER_FAILURE_MIN;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
        // Whatever it was: a follower that has ended is a replica that never serves again.
      } catch (Throwable e) {
        failedPolls.increment();
        if (!(e instanceof RefusedException)) {
          logger.atError().setCause(e).log("the log could not be followed; will try again");
        }
        pause = pausedFor(pause);
      }
    }
  }

  private static Duration pausedFor(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(PAUSE_AFTER_FAILURE_MAX) < 0 ? doubled : PAUSE_AFTER_FAILURE_MAX;
  }

  /** Reads on once; whether that was all there is. */
  private boolean poll() {
    polls.increment();
    TableState state = table.state();
    Progress before = state.progress();
    long from = before.revision().number();
    Stamp sentAt = freshness.now();
    Passage passage = log.after(from, CHANGES_PER_POLL_MAX);
    end = passage.counter().number();
    Progress now;
    if (followsOn(passage, before.revision())) {
      now = takeOver(passage, state, before, sentAt);
    } else {
      now = startAnew(passage, before, sentAt);
    }
    tellThoseWhoWait();
    return now.revision().number() >= passage.counter().number() || stoppedAtUnknown;
  }

  /** Whether these are the next changes of the same history, with none left out. */
  private static boolean followsOn(Passage passage, Revision before) {
    long next = before.number();
    if (!passage.counter().epoch().equals(before.epoch())
        || passage.counter().number() < next
        || passage.floor() > next) {
      return false;
    }
    for (Change change : passage.changes()) {
      if (change.revision() != ++next) {
        return false;
      }
    }
    return next > before.number() || passage.counter().number() == next;
  }

  private Progress takeOver(Passage passage, TableState state, Progress before, Stamp sentAt) {
    List<Change> known = known(passage.changes());
    long reached = before.revision().number() + known.size();
    boolean unknown = known.size() < passage.changes().size();
    if (unknown) {
      // A load may have brought what rests on it into memory already: nothing there is told either.
      state.stopAt(reached + 1);
      state.follow(known, tooOld(before.provedAt()));
    } else {
      state.follow(known, provedAt(passage, reached, before.provedAt(), sentAt));
    }
    onFollowed.accept(known);
    if (unknown && !stoppedAtUnknown) {
      logger
          .atError()
          .addKeyValue("revision", reached + 1)
          .log(
              "the log has a change that this version does not know: {}. Nothing is decided until"
                  + " this server is upgraded",
              passage.changes().get(known.size()));
    }
    stoppedAtUnknown = unknown;
    return state.progress();
  }

  /** What is too old already stays as old as it is: it has to be seen how long that lasts. */
  private Stamp tooOld(Stamp before) {
    return freshness.allows(before) ? freshness.tooOld() : before;
  }

  /** Memory is as fresh as the poll that came to the end of the log was when it was sent. */
  Stamp provedAt(Passage passage, long reached, Stamp before, Stamp sentAt) {
    return reached == passage.counter().number() ? sentAt : before;
  }

  /** Those in front of the first that this version does not know. */
  List<Change> known(List<Change> changes) {
    return changes.stream().takeWhile(change -> !(change instanceof UnknownChange)).toList();
  }

  private Progress startAnew(Passage passage, Progress before, Stamp sentAt) {
    resyncs.increment();
    logger
        .atWarn()
        .addKeyValue("from", before.revision().token())
        .addKeyValue("to", passage.counter().token())
        .addKeyValue("floor", passage.floor())
        .log("the log does not go on from what is in memory: starting anew with an empty table");
    var start = new Progress(passage.counter(), sentAt);
    table.resync(start);
    awaited.removeIf(waiting -> waiting.failsUnlessOf(start.revision().epoch()));
    return start;
  }

  private void tellThoseWhoWait() {
    Revision reached = table.state().progress().revision();
    awaited.removeIf(waiting -> waiting.isTold(reached));
  }

  /** Follows no more; whoever still waits does so in vain. */
  @Override
  public final void close() {
    closed = true;
    news.raise();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
