package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.EVENT;
import static dev.consentry.server.store.generated.Tables.REQUEST;
import static dev.consentry.server.store.generated.Tables.STORE;

import java.sql.SQLException;
import java.time.Instant;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/**
 * Ends the history at its old end: raises the floor, step by step, and removes what nothing refers
 * to any longer. Several replicas may do so at once. No grant, decision or retained event depends
 * on what goes.
 */
public class HistoryRetention {
  /** The floor rises by no more than this in a step, and no more requests are forgotten in one. */
  static final int REVISIONS_PER_STEP_MAX = 1_000;

  private static final dev.consentry.server.store.generated.tables.Event LATER = EVENT.as("later");

  private final Backend backend;

  HistoryRetention(Backend backend) {
    this.backend = backend;
  }

  /**
   * Takes one step towards a history that has no event from before {@code olderThan}.
   *
   * @return how many events or remembered requests it ended; 0 if there are none left, or somebody
   *     else is at it: two that delete the same rows may end in a deadlock
   * @throws StoreException if the database does not do it; nothing is half done
   */
  public final int prune(Instant olderThan) {
    try (var connection = backend.prunes().getConnection()) {
      connection.setAutoCommit(false);
      int ended = prune(backend.sql(connection), olderThan);
      if (ended > 0) {
        connection.commit();
      } else {
        connection.rollback();
      }
      return ended;
    } catch (SQLException | DataAccessException e) {
      SQLException ofDatabase = Backend.sqlException(e);
      if (ofDatabase != null && backend.blamesAnother(ofDatabase)) {
        return 0;
      }
      throw new StoreException("the history could not be shortened: " + e.getMessage(), e);
    }
  }

  /*
   * Every writer waits for whoever holds the row of `store`: so it comes last, and is held for no longer than the commit
   * takes. Nothing before it waits for a writer, nor a writer for it: what goes are rows that no writer touches.
   */
  private int prune(DSLContext sql, Instant olderThan) {
    long floor = Events.floor(sql);
    long next = Math.min(lastBefore(sql, olderThan), floor + REVISIONS_PER_STEP_MAX);
    if (next <= floor) {
      return 0;
    }
    int forgotten = forgetRequests(sql, next);
    if (forgotten == REVISIONS_PER_STEP_MAX) {
      return forgotten;
    }
    deleteSuperseded(sql, floor, next);
    return raise(sql, floor, next) ? (int) (next - floor) : 0;
  }

  /* Event times never go back, and events are committed in their order: all up to this one are older too. */
  private static long lastBefore(DSLContext sql, Instant time) {
    return sql.select(EVENT.REVISION)
        .from(EVENT)
        .where(EVENT.EVENT_TIME.lt(time))
        .orderBy(EVENT.EVENT_TIME.desc(), EVENT.REVISION.desc())
        .limit(1)
        .fetchOptional(EVENT.REVISION)
        .orElse(0L);
  }

  /*
   * Those answered at the floor itself stay until it rises again: they changed nothing, perhaps, and are younger than the
   * event there. Any number of requests may have been answered at one revision, so that they have a bound of their own.
   */
  int forgetRequests(DSLContext sql, long floor) {
    var keys =
        sql.select(REQUEST.PRINCIPAL, REQUEST.RPC, REQUEST.REQUEST_ID)
            .from(REQUEST)
            .where(REQUEST.REVISION.lt(floor))
            .orderBy(REQUEST.REVISION)
            .limit(REVISIONS_PER_STEP_MAX)
            .fetch();
    if (keys.isNotEmpty()) {
      sql.deleteFrom(REQUEST)
          .where(DSL.row(REQUEST.PRINCIPAL, REQUEST.RPC, REQUEST.REQUEST_ID).in(keys))
          .execute();
    }
    return keys.size();
  }

  /*
   * What the events from `floor` on, up to `next`, put something else in the place of. Three things refer to the row of an
   * event: the next event of the same grant or app, as what was before it; the current value, whose next event will; and
   * requests that were answered with it. The first is at `next` or below, so no longer told. The second is not the case, as
   * something else took its place. And a request that is still remembered was answered at `next` or above, with what was
   * current then: what took its place came later, so above `next`.
   */
  void deleteSuperseded(DSLContext sql, long floor, long next) {
    sql.deleteFrom(EVENT)
        .where(
            EVENT.REVISION.in(
                DSL.select(LATER.BEFORE_REVISION)
                    .from(LATER)
                    .where(
                        LATER.REVISION.gt(floor),
                        LATER.REVISION.le(next),
                        LATER.BEFORE_REVISION.isNotNull())))
        .execute();
  }

  /** Whether the floor was still where this step began. */
  boolean raise(DSLContext sql, long floor, long next) {
    return sql.update(STORE)
            .set(STORE.FLOOR_REVISION, next)
            .where(STORE.FLOOR_REVISION.eq(floor))
            .execute()
        == 1;
  }
}
