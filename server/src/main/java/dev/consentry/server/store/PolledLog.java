package dev.consentry.server.store;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.EventType;
import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.consent.GrantChanges.UnknownChange;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log, read past jOOQ: what decisions rest on, and nothing else. */
final class PolledLog implements ChangeLog {
  private static final Logger LOG = LoggerFactory.getLogger(PolledLog.class);

  private final RareWarning warning = new RareWarning(LOG, "the log could not be read");
  private final Backend backend;
  private final String after;

  PolledLog(Backend backend) {
    this.backend = backend;
    this.after = afterStatement(backend.epochSql());
  }

  /* Where nothing follows there is one row, of nothing but the position. */
  private static String afterStatement(String epoch) {
    return """
    SELECT %s, s.revision, s.floor_revision, e.revision, e.event_type, e.account_id, e.app_id,
      e.app_state, e.state, e.scopes, e.expire_time, e.event_time
    FROM store s
    LEFT JOIN (SELECT * FROM event WHERE revision > ? ORDER BY revision LIMIT ?) e ON TRUE
    ORDER BY e.revision\
    """
        .formatted(epoch);
  }

  @Override
  public Passage after(long revision, int max) {
    try (var connection = backend.follows().getConnection();
        var statement = connection.prepareStatement(after)) {
      statement.setLong(1, revision);
      statement.setInt(2, max);
      try (var rows = statement.executeQuery()) {
        return passage(rows);
      }
    } catch (SQLException e) {
      warning.failed(e);
      throw new RefusedException(new Refusal.StoreUnavailable());
    }
  }

  private Passage passage(ResultSet rows) throws SQLException {
    if (!rows.next()) {
      throw new SQLException("the store has no counter row");
    }
    var counter = new Revision(backend.epoch(rows.getString(1)), rows.getLong(2));
    long floor = rows.getLong(3);
    var changes = new ArrayList<Change>();
    do {
      long revision = rows.getLong(4);
      if (!rows.wasNull()) {
        changes.add(change(rows, revision));
      }
    } while (rows.next());
    return new Passage(counter, floor, changes);
  }

  /* What a newer version wrote is passed on as such: whoever decides must not skip it. */
  private static Change change(ResultSet rows, long revision) throws SQLException {
    String type = rows.getString(5);
    try {
      return switch (EventType.valueOf(type)) {
        case GRANTED, REPLACED, REVOKED, EXPIRED ->
            new GrantChange(
                revision,
                new GrantKey(new AccountId(rows.getString(6)), new AppId(rows.getString(7))),
                Standings.read(rows, 8),
                timeMicros(rows));
        case APP_SUSPENDED, APP_RESUMED, APP_DELETED ->
            new AppChange(
                revision, new AppId(rows.getString(7)), Standings.read(rows, 8).appSuspended());
        case APP_CREATED, APP_CHANGED -> new NoDecisionChange(revision);
      };
    } catch (IllegalArgumentException e) {
      return new UnknownChange(revision, "%s (%s)".formatted(type, e.getMessage()));
    }
  }

  private static long timeMicros(ResultSet rows) throws SQLException {
    Instant time = rows.getObject(12, OffsetDateTime.class).toInstant();
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }
}
