package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.STORE;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.ForwardClock;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import org.jooq.Query;
import org.jooq.impl.DSL;

/**
 * Where the store is: its one counter row.
 *
 * @param lastEventTime of the last change, to the microsecond; the epoch of 1970 before the first
 */
record Position(Revision revision, Instant lastEventTime) {

  static Position read(Connection connection, Backend backend) throws SQLException {
    return query(connection, backend, select(backend));
  }

  /** Reads it, and keeps every other writer out until the transaction ends. */
  static Position lock(Connection connection, Backend backend) throws SQLException {
    return query(connection, backend, lockStatement(backend));
  }

  /** What {@link #lock} executes, for {@link #read(ResultSet, Backend)}. */
  static String lockStatement(Backend backend) {
    return select(backend) + " FOR UPDATE";
  }

  /** The statement that writes it. */
  Query update() {
    return DSL.update(STORE)
        .set(STORE.REVISION, revision.number())
        .set(STORE.LAST_EVENT_TIME, lastEventTime);
  }

  /** The time now, but never earlier than the last event. */
  Instant notBefore(ForwardClock clock) {
    Instant now = Instant.EPOCH.plus(clock.nowMicros(), ChronoUnit.MICROS);
    return now.isBefore(lastEventTime) ? lastEventTime : now;
  }

  private static String select(Backend backend) {
    return "SELECT %s, s.revision, s.last_event_time FROM store s".formatted(backend.epochSql());
  }

  private static Position query(Connection connection, Backend backend, String select)
      throws SQLException {
    try (var statement = connection.prepareStatement(select);
        var rows = statement.executeQuery()) {
      return read(rows, backend);
    }
  }

  static Position read(ResultSet rows, Backend backend) throws SQLException {
    if (!rows.next()) {
      throw new SQLException("the store has no counter row");
    }
    return new Position(
        new Revision(backend.epoch(rows.getString(1)), rows.getLong(2)),
        rows.getObject(3, OffsetDateTime.class).toInstant());
  }
}
