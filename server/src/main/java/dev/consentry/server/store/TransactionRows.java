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
import dev.consentry.server.consent.Rows;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
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
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The rows as one transaction sees them: read ahead for all its commands, changed in memory, and
 * written together at the end.
 */
final class TransactionRows implements Rows {
  private final DSLContext sql;
  private final Map<AppId, Optional<App>> apps = new HashMap<>();
  private final Map<GrantKey, Optional<Grant>> grants = new HashMap<>();
  private final Map<RequestKey, Optional<Remembered>> remembered = new HashMap<>();

  private final List<Event> events = new ArrayList<>();
  private final RowBatch newEvents = new RowBatch(EVENT);
  private final RowBatch newVersions = new RowBatch(APP_VERSION);
  private final RowBatch newRequests = new RowBatch(REQUEST);
  private final Map<AppId, App> changedApps = new LinkedHashMap<>();
  private final Map<GrantKey, Grant> changedGrants = new LinkedHashMap<>();
  private boolean written;

  TransactionRows(DSLContext sql) {
    this.sql = sql;
  }

  /** Reads whatever these commands say they look at. */
  void readAhead(Collection<? extends Command<?>> commands) {
    var appIds = new HashSet<AppId>();
    var keys = new HashSet<GrantKey>();
    var requests = new HashSet<RequestKey>();
    for (Command<?> command : commands) {
      addIfPresent(appIds, command.readsApp());
      addIfPresent(keys, command.readsGrant());
      addIfPresent(requests, command.request());
    }
    fill(apps, appIds, Apps::read);
    fill(grants, keys, Grants::read);
    fill(remembered, requests, Requests::read);
  }

  private static <T> void addIfPresent(Set<T> set, @Nullable T value) {
    if (value != null) {
      set.add(value);
    }
  }

  private <K, V> void fill(
      Map<K, Optional<V>> known,
      Set<K> keys,
      BiFunction<DSLContext, Collection<K>, Map<K, V>> read) {
    keys.removeAll(known.keySet());
    Map<K, V> found = read.apply(sql, keys);
    keys.forEach(key -> known.put(key, Optional.ofNullable(found.get(key))));
  }

  private <K, V> @Nullable V find(
      Map<K, Optional<V>> known, K key, BiFunction<DSLContext, Collection<K>, Map<K, V>> read) {
    if (!known.containsKey(key)) {
      fill(known, new HashSet<>(Set.of(key)), read);
    }
    return known.getOrDefault(key, Optional.empty()).orElse(null);
  }

  @Override
  public @Nullable App app(AppId id) {
    return find(apps, id, Apps::read);
  }

  @Override
  public @Nullable Grant grant(GrantKey key) {
    return find(grants, key, Grants::read);
  }

  @Override
  public @Nullable Remembered remembered(RequestKey key) {
    return find(remembered, key, Requests::read);
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
    fill(apps, appIds, Apps::read);
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

  /** Writes what has changed since the last time; whether anything ever did. */
  boolean flush() {
    var appRows = new RowBatch(APP);
    changedApps.values().forEach(app -> Apps.COLUMNS.write(app, appRows.add()));
    changedApps.clear();
    var grantRows = new RowBatch(APP_GRANT);
    changedGrants.values().forEach(grant -> Grants.COLUMNS.write(grant, grantRows.add()));
    changedGrants.clear();
    written |= newVersions.insert(sql);
    written |= appRows.upsert(sql);
    written |= grantRows.upsert(sql);
    written |= newEvents.insert(sql);
    written |= newRequests.insert(sql);
    return written;
  }
}
