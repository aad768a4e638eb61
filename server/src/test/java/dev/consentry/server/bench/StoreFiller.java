package dev.consentry.server.bench;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.AppScope;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.Manifest;
import dev.consentry.server.consent.PutApp;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.store.ConsentStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes a large store for benchmarks, in bulk: what the server itself would have written, its log
 * of events included, as if nobody ever revoked.
 *
 * <p>Apps are {@code app-00} to {@code app-19}, accounts {@code acct-0000000} and on. Account
 * number {@code n} has one active grant, that of app {@code n % 20}, with four scopes: {@code
 * orders.read} and {@code profile.read} with every app, and {@code RESOURCE.read} and {@code
 * RESOURCE.write} of the app's own resource, {@link #RESOURCES}{@code [n % 20]}. Nobody is granted
 * {@code orders.write}. Higher numbers were granted later.
 */
public final class StoreFiller {
  public static final int APPS = 20;
  public static final int GRANTS_MAX = 10_000_000;

  /** What each app works with, by its number. */
  public static final List<String> RESOURCES =
      List.of(
          "invoices",
          "payments",
          "contacts",
          "calendar",
          "files",
          "tickets",
          "reports",
          "payroll",
          "expenses",
          "receipts",
          "products",
          "stock",
          "shipments",
          "returns",
          "campaigns",
          "surveys",
          "meetings",
          "messages",
          "projects",
          "timesheets");

  private static final int GRANTS_PER_TRANSACTION = 50_000;
  private static final String CREATE_INDEX = "CREATE INDEX ";
  private static final Actor FILLER = new Actor("jwt:filler@consentry.example");

  private StoreFiller() {}

  /** Arguments: a directory, empty or missing, and how many grants. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      throw new IllegalArgumentException("usage: StoreFiller DIRECTORY GRANTS");
    }
    fill(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
  }

  /** Makes a store with this many grants in a directory that is empty or missing. */
  public static void fill(Path directory, int grants) throws Exception {
    if (grants < 0 || grants > GRANTS_MAX) {
      throw new IllegalArgumentException(
          "grants must be 0 to %d, are %d".formatted(GRANTS_MAX, grants));
    }
    if (Files.isDirectory(directory)) {
      try (var files = Files.list(directory)) {
        if (files.findAny().isPresent()) {
          throw new IllegalArgumentException(directory + " must be empty or missing");
        }
      }
    }
    putApps(directory);
    String url =
        "jdbc:h2:%s/consentry;DATABASE_TO_LOWER=TRUE".formatted(directory.toAbsolutePath());
    try (var connection = DriverManager.getConnection(url, "consentry", "")) {
      connection.setAutoCommit(false);
      List<String> indexes = dropIndexes(connection);
      for (int first = 0; first < grants; first += GRANTS_PER_TRANSACTION) {
        put(connection, first, Math.min(grants, first + GRANTS_PER_TRANSACTION) - 1);
      }
      for (String index : indexes) {
        execute(connection, index);
      }
      execute(connection, "SHUTDOWN COMPACT");
    }
  }

  private static void putApps(Path directory) {
    try (var store = ConsentStore.openDirectory(directory);
        var writer = store.writer(new ForwardClock(Instant::now), GrantChanges.NOBODY, _ -> {})) {
      for (int number = 0; number < APPS; number++) {
        String resource = RESOURCES.get(number);
        var manifest =
            new Manifest(
                "App %02d".formatted(number),
                "Filler",
                "https://app-%02d.example".formatted(number),
                "",
                "",
                scopes("orders.read", "profile.read"),
                scopes(resource + ".read", resource + ".write"));
        var app = new AppId("app-%02d".formatted(number));
        var _ = writer.execute(new PutApp(FILLER, app, manifest, null), () -> false);
      }
    }
  }

  private static List<AppScope> scopes(String... names) {
    return Stream.of(names).map(name -> new AppScope(new Scope(name), "To use " + name)).toList();
  }

  /** Writes grants {@code first} to {@code last} as one transaction, in order of revision. */
  private static void put(Connection connection, int first, int last) throws SQLException {
    execute(
        connection,
        """
        INSERT INTO app_grant (account_id, app_id, scopes, manifest_version, state, grant_time,
          granted_by, grant_reason, revision)
        SELECT 'acct-' || LPAD(CAST(n.x AS VARCHAR), 7, '0'), v.app_id,
          v.required_names || v.optional_names, v.manifest_version, 'ACTIVE', s.last_event_time,
          '%1$s', '', s.revision + 1 + n.x - %2$d
        FROM SYSTEM_RANGE(%2$d, %3$d) n(x), app_version v, store s
        WHERE v.app_id = 'app-' || LPAD(CAST(MOD(n.x, %4$d) AS VARCHAR), 2, '0')
        ORDER BY n.x\
        """
            .formatted(FILLER.principal(), first, last, APPS));
    execute(
        connection,
        """
        INSERT INTO event (revision, event_time, event_type, actor, reason, app_id,
          app_manifest_version, app_state, app_state_reason, app_create_time, app_update_time,
          app_revision, account_id, scopes, manifest_version, state, grant_time, granted_by,
          grant_reason)
        SELECT g.revision, g.grant_time, 'GRANTED', g.granted_by, '', a.app_id, a.manifest_version,
          a.state, a.state_reason, a.create_time, a.update_time, a.revision, g.account_id, g.scopes,
          g.manifest_version, g.state, g.grant_time, g.granted_by, g.grant_reason
        FROM app_grant g, app a
        WHERE a.app_id = g.app_id AND g.account_id
          BETWEEN 'acct-' || LPAD('%d', 7, '0') AND 'acct-' || LPAD('%d', 7, '0')
        ORDER BY g.account_id\
        """
            .formatted(first, last));
    execute(connection, "UPDATE store SET revision = revision + " + (last - first + 1));
    connection.commit();
  }

  /** Drops those that are quicker to make at the end; what makes them again. */
  private static List<String> dropIndexes(Connection connection) throws SQLException {
    var indexes = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SCRIPT NODATA NOPASSWORDS NOSETTINGS")) {
      while (rows.next()) {
        String made = rows.getString(1);
        if (made.startsWith(CREATE_INDEX)) {
          indexes.add(made);
        }
      }
    }
    for (String index : indexes) {
      execute(
          connection,
          "DROP INDEX " + index.substring(CREATE_INDEX.length(), index.indexOf(" ON ")));
    }
    return indexes;
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
