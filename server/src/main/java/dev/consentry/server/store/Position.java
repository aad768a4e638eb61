package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.STORE;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.ForwardClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jooq.DSLContext;
import org.jooq.Record3;
import org.jooq.SelectWhereStep;

/**
 * Where the store is: its one counter row.
 *
 * @param lastEventTime of the last change, to the microsecond; the epoch of 1970 before the first
 */
record Position(Revision revision, Instant lastEventTime) {

  static Position read(DSLContext sql) {
    return of(Objects.requireNonNull(select(sql).fetchOne()));
  }

  /** As above, past jOOQ. */
  static Position read(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT epoch, revision, last_event_time FROM store")) {
      if (!rows.next()) {
        throw new SQLException("the store has no counter row");
      }
      return new Position(
          new Revision(new Epoch(rows.getString(1)), rows.getLong(2)),
          rows.getObject(3, OffsetDateTime.class).toInstant());
    }
  }

  /** Reads it, and keeps every other writer out until the transaction ends. */
  static Position lock(DSLContext sql) {
    return of(Objects.requireNonNull(select(sql).forUpdate().fetchOne()));
  }

  void write(DSLContext sql) {
    sql.update(STORE)
        .set(STORE.REVISION, revision.number())
        .set(STORE.LAST_EVENT_TIME, lastEventTime)
        .execute();
  }

  /** The time now, but never earlier than the last event. */
  Instant notBefore(ForwardClock clock) {
    Instant now = Instant.EPOCH.plus(clock.nowMicros(), ChronoUnit.MICROS);
    return now.isBefore(lastEventTime) ? lastEventTime : now;
  }

  private static SelectWhereStep<Record3<String, Long, Instant>> select(DSLContext sql) {
    return sql.select(STORE.EPOCH, STORE.REVISION, STORE.LAST_EVENT_TIME).from(STORE);
  }

  private static Position of(Record3<String, Long, Instant> row) {
    return new Position(new Revision(new Epoch(row.value1()), row.value2()), row.value3());
  }
}
