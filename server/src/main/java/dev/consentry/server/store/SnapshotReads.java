package dev.consentry.server.store;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** What people read: each call is one snapshot, and passes the gate. */
final class SnapshotReads implements ConsentReads {
  private final Backend backend;
  private final SyncGate gate;
  private final ForwardClock clock;

  SnapshotReads(Backend backend, SyncGate gate, ForwardClock clock) {
    this.backend = backend;
    this.gate = gate;
    this.clock = clock;
  }

  /* Never earlier than the last event: a clock that was set back revives no grant that had ended by then. */
  private <T> At<T> read(BiFunction<DSLContext, Instant, T> reading) {
    return gate.pass(() -> {
      try (var connection = backend.reads().getConnection()) {
        DSLContext sql = backend.sql(connection);
        Position position = Position.read(connection, backend);
        Instant now = position.notBefore(clock);
        T value = reading.apply(sql, now);
        connection.rollback();
        return new At<>(value, position.revision());
      }
    });
  }

  @Override
  public At<AppAndGrant> appAndGrant(GrantKey key) {
    return read((sql, now) ->
        new AppAndGrant(
            Apps.lookUp(sql, Set.of(key.app())).fetch().get(key.app()),
            Grants.lookUp(sql, Set.of(key)).fetch().get(key),
            now));
  }

  @Override
  public At<Optional<App>> app(AppId id, int version) {
    return read((sql, now) -> {
      App current = Apps.lookUp(sql, Set.of(id)).fetch().get(id);
      return current == null || version == 0
          ? Optional.ofNullable(current)
          : Optional.ofNullable(atVersion(sql, current, version));
    });
  }

  private static @Nullable App atVersion(DSLContext sql, App app, int version) {
    var wanted = new Manifests.Version(app.id(), version);
    var manifest = Manifests.read(sql, Set.of(wanted)).get(wanted);
    return manifest == null
        ? null
        : new App(
            app.id(),
            manifest,
            version,
            app.state(),
            app.stateReason(),
            app.createTime(),
            app.updateTime(),
            app.revision());
  }

  @Override
  public At<Page<GrantView>> grants(
      GrantFilter filter, PageLimit<GrantView> limit, @Nullable GrantKey after) {
    return read((sql, now) ->
        Paging.page(
            limit,
            after,
            (last, rows) -> grantViews(sql, filter, last, rows, now),
            view -> view.grant().key()));
  }

  private static List<GrantView> grantViews(
      DSLContext sql, GrantFilter filter, @Nullable GrantKey after, int rows, Instant now) {
    var grants = Grants.list(sql, filter, after, rows, now);
    var appIds = new HashSet<AppId>();
    grants.forEach(grant -> appIds.add(grant.key().app()));
    Map<AppId, App> apps = Apps.lookUp(sql, appIds).fetch();
    return grants.stream()
        .map(grant -> GrantView.of(grant, Apps.require(apps, grant.key().app()), now))
        .toList();
  }

  @Override
  public At<Page<GrantKey>> allowed(AllowedFilter filter, int rows, @Nullable GrantKey after) {
    return read((sql, now) ->
        Paging.page(
            new PageLimit<>(rows, Long.MAX_VALUE, key -> 0),
            after,
            (last, wanted) -> Grants.allowed(sql, filter, last, wanted, now),
            key -> key));
  }

  @Override
  public At<Page<App>> apps(Set<AppState> states, PageLimit<App> limit, @Nullable AppId after) {
    return read((sql, now) ->
        Paging.page(limit, after, (last, rows) -> Apps.list(sql, states, last, rows), App::id));
  }

  @Override
  public At<Page<Event>> events(EventFilter filter, PageLimit<Event> limit, @Nullable Long after) {
    return read((sql, now) -> {
      long floor = Events.floor(sql);
      if (after != null && filter.oldestFirst() && after < floor) {
        throw new RefusedException(new Refusal.RevisionTooOld());
      }
      var manifests = new HashMap<Manifests.Version, Manifest>();
      return Paging.page(
          limit,
          after,
          (last, rows) -> Events.list(sql, filter, floor, last, rows, manifests),
          Event::revision);
    });
  }

  @Override
  public At<Long> countActiveGrants(AppId id) {
    return read((sql, now) -> Grants.countActive(sql, id, now));
  }
}
