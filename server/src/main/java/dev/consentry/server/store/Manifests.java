package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.APP_VERSION;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** How manifests are written down: once a version, never changed. */
final class Manifests {
  private Manifests() {}

  /** Names a manifest. */
  record Version(AppId app, int number) {}

  /** Those of these versions that there are, in one statement. */
  static Map<Version, Manifest> read(DSLContext sql, Collection<Version> versions) {
    var found = new HashMap<Version, Manifest>();
    readInto(found, sql, versions);
    return found;
  }

  /** Adds those of these versions that there are and that are not known yet. */
  static void readInto(Map<Version, Manifest> known, DSLContext sql, Collection<Version> versions) {
    var keys =
        versions.stream()
            .filter(version -> !known.containsKey(version))
            .map(version -> DSL.row(version.app().value(), version.number()))
            .toList();
    if (!keys.isEmpty()) {
      sql.selectFrom(APP_VERSION)
          .where(DSL.row(APP_VERSION.APP_ID, APP_VERSION.MANIFEST_VERSION).in(keys))
          .forEach(row -> known.put(version(row), manifest(row)));
    }
  }

  private static Version version(Record row) {
    return new Version(
        new AppId(row.get(APP_VERSION.APP_ID)), row.get(APP_VERSION.MANIFEST_VERSION));
  }

  static void write(App app, Map<Field<?>, @Nullable Object> row) {
    Manifest manifest = app.manifest();
    row.put(APP_VERSION.APP_ID, app.id().value());
    row.put(APP_VERSION.MANIFEST_VERSION, app.manifestVersion());
    row.put(APP_VERSION.DISPLAY_NAME, manifest.displayName());
    row.put(APP_VERSION.PUBLISHER, manifest.publisher());
    row.put(APP_VERSION.HOMEPAGE_URI, manifest.homepageUri());
    row.put(APP_VERSION.LOGO_URI, manifest.logoUri());
    row.put(APP_VERSION.SUPPORT_URI, manifest.supportUri());
    row.put(APP_VERSION.REQUIRED_NAMES, names(manifest.requiredScopes()));
    row.put(APP_VERSION.REQUIRED_DESCRIPTIONS, descriptions(manifest.requiredScopes()));
    row.put(APP_VERSION.OPTIONAL_NAMES, names(manifest.optionalScopes()));
    row.put(APP_VERSION.OPTIONAL_DESCRIPTIONS, descriptions(manifest.optionalScopes()));
  }

  static Manifest manifest(Record row) {
    return new Manifest(
        row.get(APP_VERSION.DISPLAY_NAME),
        row.get(APP_VERSION.PUBLISHER),
        row.get(APP_VERSION.HOMEPAGE_URI),
        row.get(APP_VERSION.LOGO_URI),
        row.get(APP_VERSION.SUPPORT_URI),
        scopes(row.get(APP_VERSION.REQUIRED_NAMES), row.get(APP_VERSION.REQUIRED_DESCRIPTIONS)),
        scopes(row.get(APP_VERSION.OPTIONAL_NAMES), row.get(APP_VERSION.OPTIONAL_DESCRIPTIONS)));
  }

  private static String[] names(List<AppScope> scopes) {
    return scopes.stream().map(scope -> scope.name().value()).toArray(String[]::new);
  }

  private static String[] descriptions(List<AppScope> scopes) {
    return scopes.stream().map(AppScope::description).toArray(String[]::new);
  }

  private static List<AppScope> scopes(String[] names, String[] descriptions) {
    var scopes = new ArrayList<AppScope>(names.length);
    for (int i = 0; i < names.length; i++) {
      scopes.add(new AppScope(new Scope(names[i]), descriptions[i]));
    }
    return scopes;
  }
}
