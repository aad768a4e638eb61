package dev.consentry.server.store;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Loads for the check path, past jOOQ: one statement whose text never changes, so that the database
 * parses it once a connection.
 */
final class LoadingSource implements GrantSource, RecentGrants {
  private final Backend backend;
  private final SyncGate gate;
  private final String load;
  private final String recent;

  LoadingSource(Backend backend, SyncGate gate) {
    this.backend = backend;
    this.gate = gate;
    this.load = loadStatement(backend.epochSql());
    this.recent = recentStatement(backend.epochSql());
  }

  /*
   * A key without a grant, or without an app, still has a row: its other columns are null. Without keys there is one
   * row, of nothing but the position.
   */
  private static String loadStatement(String epoch) {
    return """
    SELECT %s, s.revision, k.account_id, k.app_id, a.state, g.state, g.scopes, g.expire_time
    FROM store s
    LEFT JOIN UNNEST(CAST(? AS VARCHAR(256) ARRAY), CAST(? AS VARCHAR(256) ARRAY)) \
    AS k(account_id, app_id) ON TRUE
    LEFT JOIN app a ON a.app_id = k.app_id
    LEFT JOIN app_grant g ON g.account_id = k.account_id AND g.app_id = k.app_id\
    """
        .formatted(epoch);
  }

  /* The log has one row for each revision: the last ones are a range of its primary key. */
  private static String recentStatement(String epoch) {
    return """
    SELECT %s, s.revision, e.account_id, e.app_id
    FROM store s
    LEFT JOIN event e ON e.revision > s.revision - ? AND e.account_id IS NOT NULL
    ORDER BY e.revision DESC\
    """
        .formatted(epoch);
  }

  @Override
  public Snapshot load(Collection<GrantKey> keys) {
    At<Map<GrantKey, Standing>> loaded = gate.pass(() -> read(keys));
    return new Snapshot(loaded.revision(), loaded.value());
  }

  @Override
  public Revision position() {
    return load(List.of()).revision();
  }

  @Override
  public List<GrantKey> recent(int changes) {
    return gate.pass(() -> readRecent(changes)).value();
  }

  private At<List<GrantKey>> readRecent(int changes) throws SQLException {
    try (var connection = backend.loads().getConnection();
        var statement = connection.prepareStatement(recent)) {
      statement.setInt(1, changes);
      try (var rows = statement.executeQuery()) {
        Revision revision = revision(rows);
        var keys = new LinkedHashSet<GrantKey>();
        do {
          if (rows.getString(3) != null) {
            keys.add(key(rows));
          }
        } while (rows.next());
        return new At<>(List.copyOf(keys), revision);
      }
    }
  }

  private At<Map<GrantKey, Standing>> read(Collection<GrantKey> keys) throws SQLException {
    try (var connection = backend.loads().getConnection();
        var statement = connection.prepareStatement(load)) {
      statement.setArray(1, array(connection, keys, key -> key.account().value()));
      statement.setArray(2, array(connection, keys, key -> key.app().value()));
      try (var rows = statement.executeQuery()) {
        return read(rows, keys.size());
      }
    }
  }

  private static java.sql.Array array(
      Connection connection, Collection<GrantKey> keys, Function<GrantKey, String> part)
      throws SQLException {
    return connection.createArrayOf("varchar", keys.stream().map(part).toArray());
  }

  private At<Map<GrantKey, Standing>> read(ResultSet rows, int keys) throws SQLException {
    Revision revision = revision(rows);
    Map<GrantKey, Standing> standings = HashMap.newHashMap(keys);
    if (keys > 0) {
      do {
        standings.put(key(rows), Standings.read(rows, 5));
      } while (rows.next());
    }
    return new At<>(standings, revision);
  }

  /** That of the first row. */
  private Revision revision(ResultSet rows) throws SQLException {
    if (!rows.next()) {
      throw new SQLException("the store has no counter row");
    }
    return new Revision(backend.epoch(rows.getString(1)), rows.getLong(2));
  }

  private static GrantKey key(ResultSet rows) throws SQLException {
    return new GrantKey(new AccountId(rows.getString(3)), new AppId(rows.getString(4)));
  }
}
