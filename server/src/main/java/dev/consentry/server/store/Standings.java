package dev.consentry.server.store;

import dev.consentry.server.consent.AppState;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;

/** Reads what decisions rest on, past jOOQ. */
final class Standings {
  private Standings() {}

  /**
   * The standing in four columns: the state of the app, and the state, scopes and expiry of the
   * grant.
   *
   * @param first the number of the first one
   * @throws IllegalArgumentException if a state is unknown
   */
  static Standing read(ResultSet rows, int first) throws SQLException {
    String app = rows.getString(first);
    boolean suspended = app != null && AppState.valueOf(app) == AppState.SUSPENDED;
    String state = rows.getString(first + 1);
    if (state == null) {
      return Standing.NONE.withAppSuspended(suspended);
    }
    Object[] scopes = (Object[]) rows.getArray(first + 2).getArray();
    var expiry = rows.getObject(first + 3, OffsetDateTime.class);
    long expireMicros =
        expiry == null ? Terms.NEVER : ChronoUnit.MICROS.between(Instant.EPOCH, expiry.toInstant());
    return new Standing(
        suspended, new Terms(GrantState.valueOf(state), GrantColumns.scopes(scopes), expireMicros));
  }
}
