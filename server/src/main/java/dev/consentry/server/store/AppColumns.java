package dev.consentry.server.store;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.store.generated.tables.Event;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * How an app is written down, but for its manifest: as the current row, and in every event, as it
 * was then.
 */
record AppColumns(
    Field<String> id,
    Field<Integer> manifestVersion,
    Field<String> state,
    Field<String> stateReason,
    Field<Instant> createTime,
    Field<Instant> updateTime,
    Field<Long> revision) {

  static AppColumns of(dev.consentry.server.store.generated.tables.App table) {
    return new AppColumns(
        table.APP_ID,
        table.MANIFEST_VERSION,
        table.STATE,
        table.STATE_REASON,
        table.CREATE_TIME,
        table.UPDATE_TIME,
        table.REVISION);
  }

  static AppColumns of(Event table) {
    return new AppColumns(
        table.APP_ID,
        table.APP_MANIFEST_VERSION,
        table.APP_STATE,
        table.APP_STATE_REASON,
        table.APP_CREATE_TIME,
        table.APP_UPDATE_TIME,
        table.APP_REVISION);
  }

  Manifests.Version version(Record row) {
    return new Manifests.Version(new AppId(row.get(id)), row.get(manifestVersion));
  }

  /**
   * The app in a row.
   *
   * @param manifests with that of the row's version
   */
  App read(Record row, Map<Manifests.Version, Manifest> manifests) {
    Manifests.Version version = version(row);
    Manifest manifest = manifests.get(version);
    return new App(
        version.app(),
        Objects.requireNonNull(manifest, () -> "the store lacks a manifest: " + version),
        row.get(manifestVersion),
        AppState.valueOf(row.get(state)),
        row.get(stateReason),
        row.get(createTime),
        row.get(updateTime),
        row.get(revision));
  }

  void write(App app, Map<Field<?>, @Nullable Object> row) {
    row.put(id, app.id().value());
    row.put(manifestVersion, app.manifestVersion());
    row.put(state, app.state().name());
    row.put(stateReason, app.stateReason());
    row.put(createTime, app.createTime());
    row.put(updateTime, app.updateTime());
    row.put(revision, app.revision());
  }
}
