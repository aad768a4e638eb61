package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.APP;
import static dev.consentry.server.store.generated.Tables.APP_GRANT;
import static dev.consentry.server.store.generated.Tables.APP_VERSION;
import static dev.consentry.server.store.generated.Tables.EVENT;
import static dev.consentry.server.store.generated.Tables.REQUEST;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.consent.Remembered;
import dev.consentry.server.consent.RequestKey;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Rows;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;

/**
 * The rows as one transaction sees them: read ahead for all its commands, changed in memory, and
 * written together at the end.
 */
final class TransactionRows implements Rows {
  private final Backend backend;
  private final Connection connection;
  private final DSLContext sql;
  private final Map<AppId, Optional<App>> apps = new HashMap<>();
  private final Map<GrantKey, Optional<Grant>> grants = new HashMap<>();
  private final Map<RequestKey, Optional<Remembered>> remembered = new HashMap<>();

  private final List<Event> events = new ArrayList<>();
  private final RowBatch newEvents = RowBatch.ofNew(EVENT);
  private final RowBatch newVersions = RowBatch.ofNew(APP_VERSION);
  private final RowBatch newRequests = RowBatch.ofNew(REQUEST);
  private final Map<AppId, App> changedApps = new LinkedHashMap<>();
  private final Map<GrantKey, Grant> changedGrants = new LinkedHashMap<>();
  private boolean written;

  TransactionRows(Backend backend, Connection connection) {
    this.backend = backend;
    this.connection = connection;
    this.sql = backend.sql(connection);
  }

  /**
   * Keeps every other writer out until the transaction ends, and then reads whatever these commands
   * say they look at; where the store is.
   */
  Position lockAndReadAhead(Collection<? extends Command<?>> commands) throws SQLException {
    var appIds = new HashSet<AppId>();
    var keys = new HashSet<GrantKey>();
    var requests = new HashSet<RequestKey>();
    for (Command<?> command : commands) {
      addIfPresent(appIds, command.readsApp());
      addIfPresent(keys, command.readsGrant());
      addIfPresent(requests, command.request());
    }
    var wanted =
        Stream.of(
                wanted(apps, appIds, Apps::lookUp),
                wanted(grants, keys, Grants::lookUp),
                wanted(remembered, requests, Requests::lookUp))
            .flatMap(Optional::stream)
            .toList();
    var locked = backend.lockAndRead(connection, wanted.stream().map(Wanted::query).toList());
    for (int i = 0; i < wanted.size(); i++) {
      wanted.get(i).fill(locked.rows().get(i));
    }
    return locked.position();
  }

  /** Rows that are about to be looked up, and where they will be known. */
  private record Wanted<K, V>(Map<K, Optional<V>> known, Collection<K> keys, LookUp<K, V> lookUp) {
    ResultQuery<?> query() {
      return lookUp.query();
    }

    void fill(List<? extends Record> rows) {
      Map<K, V> found = lookUp.read(rows);
      keys.forEach(key -> known.put(key, Optional.ofNullable(found.get(key))));
    }
  }

  /** What is not known yet, if there is anything. */
  private <K, V> Optional<Wanted<K, V>> wanted(
      Map<K, Optional<V>> known,
      Set<K> keys,
      BiFunction<DSLContext, Collection<K>, LookUp<K, V>> lookUp) {
    keys.removeAll(known.keySet());
    return keys.isEmpty()
        ? Optional.empty()
        : Optional.of(new Wanted<>(known, keys, lookUp.apply(sql, keys)));
  }

  private static <T> void addIfPresent(Set<T> set, @Nullable T value) {
    if (value != null) {
      set.add(value);
    }
  }

  private <K, V> void fill(
      Map<K, Optional<V>> known,
      Set<K> keys,
      BiFunction<DSLContext, Collection<K>, LookUp<K, V>> lookUp) {
    wanted(known, keys, lookUp).ifPresent(wanted -> wanted.fill(wanted.query().fetch()));
  }

  private <K, V> @Nullable V find(
      Map<K, Optional<V>> known,
      K key,
      BiFunction<DSLContext, Collection<K>, LookUp<K, V>> lookUp) {
    fill(known, new HashSet<>(Set.of(key)), lookUp);
    return known.getOrDefault(key, Optional.empty()).orElse(null);
  }

  @Override
  public @Nullable App app(AppId id) {
    return find(apps, id, Apps::lookUp);
  }

  @Override
  public @Nullable Grant grant(GrantKey key) {
    return find(grants, key, Grants::lookUp);
  }

  @Override
  public @Nullable Remembered remembered(RequestKey key) {
    return find(remembered, key, Requests::lookUp);
  }

  @Override
  public long countActiveGrants(AppId app, Instant now) {
    flush();
    return Grants.countActive(sql, app, now);
  }

  @Override
  public List<Grant> activeGrants(AppId app, Instant now, int limit) {
    flush();
    return Grants.active(sql, app, now, limit);
  }

  @Override
  public List<Grant> expiredGrants(Instant instant, int limit) {
    flush();
    List<Grant> expired = Grants.expired(sql, instant, limit);
    var appIds = new HashSet<AppId>();
    expired.forEach(grant -> appIds.add(grant.key().app()));
    fill(apps, appIds, Apps::lookUp);
    return expired;
  }

  /** Takes a change over, so that later commands see it. */
  void apply(Event event) {
    events.add(event);
    Events.write(event, newEvents.add());
    switch (event.subject()) {
      case Event.OfGrant of -> {
        grants.put(of.after().key(), Optional.of(of.after()));
        changedGrants.put(of.after().key(), of.after());
      }
      case Event.OfApp of -> {
        App before = of.before();
        App after = of.after();
        apps.put(after.id(), Optional.of(after));
        changedApps.put(after.id(), after);
        if (before == null || before.manifestVersion() != after.manifestVersion()) {
          Manifests.write(after, newVersions.add());
        }
      }
    }
  }

  void remember(RequestKey key, Remembered answer) {
    remembered.put(key, Optional.of(answer));
    Requests.write(key, answer, newRequests.add());
  }

  /** Everything that changed, in order of revision. */
  List<Event> events() {
    return events;
  }

  /** Writes what has changed since the last time, so that queries see it. */
  private void flush() {
    write(null);
  }

  /**
   * Writes all that is left to be written.
   *
   * @return where the store is then; empty if nothing was written, at no time
   */
  Optional<Position> finish(Position start) {
    Position end =
        events.isEmpty()
            ? start
            : new Position(
                new Revision(start.revision().epoch(), events.getLast().revision()),
                events.getLast().time());
    write(events.isEmpty() ? null : end);
    return written ? Optional.of(end) : Optional.empty();
  }

  private void write(@Nullable Position position) {
    var appRows = RowBatch.ofCurrent(APP);
    changedApps.values().forEach(app -> Apps.COLUMNS.write(app, appRows.add()));
    changedApps.clear();
    var grantRows = RowBatch.ofCurrent(APP_GRANT);
    changedGrants.values().forEach(grant -> Grants.COLUMNS.write(grant, grantRows.add()));
    changedGrants.clear();
    var batches =
        Stream.of(newVersions, appRows, grantRows, newEvents, newRequests)
            .filter(batch -> !batch.isEmpty())
            .toList();
    if (!batches.isEmpty() || position != null) {
      send(batches, position);
      batches.forEach(RowBatch::clear);
      written = true;
    }
  }

  /* As jOOQ puts it: rules that cause a write are told of no SQL. */
  private void send(List<RowBatch> batches, @Nullable Position position) {
    try {
      backend.write(connection, batches, position);
    } catch (SQLException e) {
      throw new DataAccessException("what was decided cannot be written: " + e.getMessage(), e);
    }
  }
}
