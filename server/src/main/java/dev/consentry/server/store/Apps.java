package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.APP;
import static dev.consentry.server.store.generated.Tables.APP_VERSION;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.decision.AppId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Reads apps as they are, each with its current manifest. */
final class Apps {
  static final AppColumns COLUMNS = AppColumns.of(APP);

  private Apps() {}

  /** Each with its current manifest. */
  static LookUp<AppId, App> lookUp(DSLContext sql, Collection<AppId> ids) {
    var names = ids.stream().map(AppId::value).toList();
    return new LookUp<>(
        sql.select()
            .from(APP)
            .join(APP_VERSION)
            .on(APP_VERSION.APP_ID.eq(APP.APP_ID))
            .and(APP_VERSION.MANIFEST_VERSION.eq(APP.MANIFEST_VERSION))
            .where(APP.APP_ID.in(names)),
        row -> new AppId(row.get(APP.APP_ID)),
        row -> COLUMNS.read(row, Map.of(COLUMNS.version(row), Manifests.manifest(row))));
  }

  /** By id. */
  static List<App> list(DSLContext sql, Set<AppState> states, @Nullable AppId after, int limit) {
    var names = states.stream().map(AppState::name).sorted().toList();
    Condition from = after == null ? DSL.noCondition() : APP.APP_ID.gt(after.value());
    return complete(
        sql,
        sql.selectFrom(APP)
            .where(APP.STATE.in(names), from)
            .orderBy(APP.APP_ID)
            .limit(limit)
            .fetch());
  }

  /** The app of a grant: every grant has one. */
  static App require(Map<AppId, App> apps, AppId id) {
    return Objects.requireNonNull(apps.get(id), () -> "the store lacks an app: " + id);
  }

  /** The apps in these rows, in their order. */
  private static List<App> complete(DSLContext sql, List<? extends Record> rows) {
    Map<Manifests.Version, Manifest> manifests =
        Manifests.read(sql, rows.stream().map(COLUMNS::version).collect(Collectors.toSet()));
    return rows.stream().map(row -> COLUMNS.read(row, manifests)).toList();
  }
}
