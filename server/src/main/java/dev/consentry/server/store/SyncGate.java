package dev.consentry.server.store;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every read passes here, and gets out once what it saw is durable and known to this replica's
 * decisions: a commit makes a change visible, the sync makes it true. If the writer fails, so does
 * every read from then on, for nobody knows any longer what is true.
 */
final class SyncGate {
  static final Duration WAIT_MAX = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(SyncGate.class);

  private final RareWarning warning = new RareWarning(LOG, "the store could not be read");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final Duration waitMax;
  private volatile long synced;
  private volatile boolean failed;

  /**
   * A gate that lets everything up to a revision through.
   *
   * @param waitMax how long a read may wait here
   */
  SyncGate(long synced, Duration waitMax) {
    this.synced = synced;
    this.waitMax = waitMax;
  }

  /** A gate for a store in which what is visible is true. */
  static SyncGate open() {
    return new SyncGate(Long.MAX_VALUE, WAIT_MAX);
  }

  /** A read of the database, with the revision that it saw. */
  interface Reading<T> {
    At<T> read() throws SQLException;
  }

  /**
   * What {@code reading} says, once it is true.
   *
   * @throws RefusedException {@link Refusal.StoreUnavailable} if the database does not answer, or
   *     the revision is not synced in time
   */
  <T> At<T> pass(Reading<T> reading) {
    try {
      At<T> seen = reading.read();
      await(seen.revision().number());
      return seen;
    } catch (SQLException | DataAccessException e) {
      warning.failed(e);
      throw new RefusedException(new Refusal.StoreUnavailable());
    }
  }

  /** Everything up to {@code revision} is true from now on; what was true before stays so. */
  void advance(long revision) {
    change(() -> synced = Math.max(synced, revision));
  }

  /** Nothing more becomes true. */
  void fail() {
    change(() -> failed = true);
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void await(long revision) {
    if ((revision > synced && !becomesTrue(revision)) || failed) {
      throw new RefusedException(new Refusal.StoreUnavailable());
    }
  }

  private boolean becomesTrue(long revision) {
    lock.lock();
    try {
      long nanos = waitMax.toNanos();
      while (revision > synced && !failed && nanos > 0) {
        nanos = moved.awaitNanos(nanos);
      }
      return revision <= synced;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}
