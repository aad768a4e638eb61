package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Servers on one database, with an app that accounts may grant. */
final class Replicas implements AutoCloseable {
  static final String APP = "app";

  /** Long, because others may use this machine too. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Whether tests run as long as it takes to be convinced, as `-Plong` makes them. */
  static final boolean LONG = Boolean.getBoolean("consentry.long");

  final String url;
  private final List<WholeServer> servers = new ArrayList<>();

  private Replicas(String url) {
    this.url = url;
  }

  /** One server for each of these, on a database of their own. */
  static Replicas start(Replica... kinds) {
    return startOn(PostgresServer.shared().newDatabase(), kinds);
  }

  static Replicas startOn(String url, Replica... kinds) {
    var replicas = new Replicas(url);
    for (Replica kind : kinds) {
      replicas.add(url, kind);
    }
    replicas.get(0).putApp(new AppId(APP));
    return replicas;
  }

  /**
   * Writes changes past any server, as a server of another version might: so many of this type,
   * which say nothing new of the app.
   */
  void append(String type, int changes) {
    PostgresServer.execute(
        url,
        """
        BEGIN;
        SELECT revision FROM store FOR UPDATE;
        INSERT INTO event (revision, event_time, event_type, reason, app_id, app_manifest_version,
          app_state, app_state_reason, app_create_time, app_update_time, app_revision)
        SELECT s.revision + n, s.last_event_time, '%s', '', a.app_id, a.manifest_version, a.state,
          a.state_reason, a.create_time, a.update_time, s.revision + n
        FROM store s, app a, generate_series(1, %d) n WHERE a.app_id = '%s';
        UPDATE store SET revision = revision + %2$d;
        COMMIT\
        """
            .formatted(type, changes, APP));
  }

  /** One more, which reaches the database at this URL. */
  WholeServer add(String through, Replica kind) {
    return add(ConsentStore.openPostgres(new PostgresAddress(through, null), true), kind);
  }

  /** One more, which has this store for itself. */
  WholeServer add(ConsentStore store, Replica kind) {
    var server = new WholeServer(store, kind);
    servers.add(server);
    return server;
  }

  WholeServer get(int number) {
    return servers.get(number);
  }

  static GrantKey key(String account) {
    return WholeServer.key(account, APP);
  }

  static int rounds(int usually, int atLength) {
    return LONG ? atLength : usually;
  }

  /** Waits for something that is bound to happen. */
  static void until(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, what);
      pause(Duration.ofMillis(1));
    }
  }

  /** How long it takes until something has happened. */
  static Duration timeUntil(BooleanSupplier condition, String what) {
    long start = System.nanoTime();
    until(condition, what);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** For what has to go on for a while, not for something to happen. */
  static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(Math.min(time.toNanos(), TimeUnit.MILLISECONDS.toNanos(1)));
    }
  }

  /** Whether a call is answered, whatever the answer; false if it is UNAVAILABLE. */
  static boolean isAnswered(Runnable call) {
    try {
      call.run();
      return true;
    } catch (StatusRuntimeException e) {
      assertTrue(e.getStatus().getCode() == io.grpc.Status.Code.UNAVAILABLE, e::toString);
      return false;
    }
  }

  @Override
  public void close() {
    servers.reversed().forEach(WholeServer::close);
  }
}
