package dev.consentry.server.store;

import static dev.consentry.server.store.generated.Tables.STORE;

import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.decision.ForwardClock;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;
import org.flywaydb.core.Flyway;
import org.jooq.DSLContext;

/**
 * An open store: where its ports come from. Every open starts a new epoch, so that tokens from
 * before a copy, a restore or a crash are taken for what they are.
 */
public final class ConsentStore implements AutoCloseable {
  final Backend backend;
  final SyncGate gate;

  private ConsentStore(Backend backend, SyncGate gate) {
    this.backend = backend;
    this.gate = gate;
  }

  /** A store that is forgotten when it is closed. */
  public static ConsentStore openMemory() {
    return open(new H2Backend());
  }

  /**
   * The store in this directory; a new one if it is empty or missing.
   *
   * @throws StoreException if it is open already, is not a store's directory, or cannot be used
   */
  public static ConsentStore openDirectory(Path directory) {
    return open(new H2Backend(DataDirectory.hold(directory)));
  }

  /**
   * Makes a store of a backup.
   *
   * @param directory empty or missing; if this fails it is left so
   * @throws StoreException if the file is no backup, or the directory cannot be used
   */
  public static void restore(Path file, Path directory) {
    Backups.restore(file, directory);
  }

  /**
   * Migrates the schema and starts a new epoch. Closes the backend if that fails.
   *
   * @throws StoreException if the database cannot be opened
   */
  static ConsentStore open(Backend backend) {
    try {
      Flyway.configure().dataSource(backend.migrations()).load().migrate();
      try (var connection = backend.writes().getConnection()) {
        long revision = startEpoch(backend.sql(connection));
        connection.commit();
        backend.sync(connection);
        return new ConsentStore(backend, new SyncGate(revision));
      }
    } catch (SQLException | RuntimeException e) {
      backend.close();
      throw new StoreException("the store cannot be opened: " + e.getMessage(), e);
    }
  }

  private static long startEpoch(DSLContext sql) {
    String epoch = Epoch.random(new SecureRandom()).value();
    if (sql.update(STORE).set(STORE.EPOCH, epoch).execute() == 0) {
      sql.insertInto(STORE)
          .set(STORE.ID, (short) 1)
          .set(STORE.INSTALL_ID, UUID.randomUUID())
          .set(STORE.EPOCH, epoch)
          .set(STORE.REVISION, 0L)
          .set(STORE.FLOOR_REVISION, 0L)
          .set(STORE.LAST_EVENT_TIME, Instant.EPOCH)
          .execute();
    }
    return Position.read(sql).revision().number();
  }

  /** What the grant table loads from. */
  public GrantSource source() {
    return new LoadingSource(backend, gate);
  }

  /**
   * What people read.
   *
   * @param clock what time it is for states that depend on it
   */
  public ConsentReads reads(ForwardClock clock) {
    return new SnapshotReads(backend, gate, clock);
  }

  /**
   * Starts the one thread that writes. There may be another only after this one was closed.
   *
   * @param changes hears of every change before the caller who made it
   * @param onFailStop called once, on the writer's thread, if the store can no longer be trusted to
   *     write: stop serving, and end the process
   */
  public GroupCommitter writer(
      ForwardClock clock, GrantChanges changes, Consumer<Throwable> onFailStop) {
    var committer = new GroupCommitter(backend, gate, clock, changes, onFailStop);
    committer.start();
    return committer;
  }

  /**
   * Writes a copy of the store while it is in use, with every change in it that was acknowledged
   * before.
   *
   * @param file there must be none of this name; it is there whole or not at all
   * @throws StoreException if it exists, or cannot be written
   */
  public void backup(Path file) {
    Backups.write(backend, file);
  }

  /** Close its writer first, and let reads end. */
  @Override
  public void close() {
    backend.close();
  }
}
