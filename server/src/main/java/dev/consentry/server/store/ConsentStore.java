package dev.consentry.server.store;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.RecentGrants;
import dev.consentry.server.decision.ForwardClock;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.ObjLongConsumer;
import org.flywaydb.core.api.FlywayException;

/**
 * An open store: where its ports come from. An embedded one starts a new epoch at every open, so
 * that tokens from before a copy, a restore or a crash are taken for what they are.
 */
public final class ConsentStore implements AutoCloseable {
  final Backend backend;
  final SyncGate gate;

  private final Instant lastEventTime;

  private ConsentStore(Backend backend, SyncGate gate, Instant lastEventTime) {
    this.backend = backend;
    this.gate = gate;
    this.lastEventTime = lastEventTime;
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
   * The store in a PostgreSQL database; a new one if it has none. Other servers may use it too.
   *
   * @param migrate whether the schema is brought up to date first
   * @throws StoreException if the database cannot be reached or used, or its schema is too old
   */
  public static ConsentStore openPostgres(PostgresAddress address, boolean migrate) {
    return open(new PostgresBackend(address), migrate, SyncGate.WAIT_MAX);
  }

  /**
   * Brings the schema of a PostgreSQL database up to date; how many steps that took.
   *
   * @throws StoreException if the database cannot be reached or used
   */
  public static int migrate(PostgresAddress address) {
    try (var backend = new PostgresBackend(address)) {
      backend.requireFit();
      return Schema.bringUpToDate(backend);
    } catch (SQLException | FlywayException e) {
      throw new StoreException("`%s`: %s".formatted(address, e.getMessage()), e);
    }
  }

  /**
   * Moves an embedded store to a PostgreSQL database that holds nothing yet; up to which revision.
   * The directory is left as it is; if this fails, so is the database.
   *
   * @param progress is told of each table, and how many rows of it were moved
   * @throws StoreException if there is no store, it is in use, or the database is not empty
   */
  public static long importEmbedded(
      Path directory, PostgresAddress address, ObjLongConsumer<String> progress) {
    return importEmbedded(directory, address, new StoreImport(progress));
  }

  static long importEmbedded(Path directory, PostgresAddress address, StoreImport moving) {
    if (!DataDirectory.holdsStore(directory)) {
      throw new StoreException("there is no store in `%s`".formatted(directory));
    }
    try (var from = new H2Backend(DataDirectory.hold(directory));
        var to = new PostgresBackend(address)) {
      to.requireFit();
      Schema.bringUpToDate(from);
      Schema.bringUpToDate(to);
      try (var connection = to.writes().getConnection()) {
        to.startEpoch(connection);
        connection.commit();
      }
      return moving.run(from, to);
    } catch (SQLException | FlywayException e) {
      throw new StoreException(
          "`%s` cannot be moved to `%s`: %s".formatted(directory, address, e.getMessage()), e);
    }
  }

  /** The histories before and after something that ended one. */
  public record EpochChange(Epoch before, Epoch after) {}

  /**
   * Ends the history of a PostgreSQL store and begins another: its revisions go on, and those of
   * before say nothing about them.
   *
   * @throws StoreException if there is no store, or it cannot be reached
   */
  public static EpochChange newEpoch(PostgresAddress address) {
    try (var backend = new PostgresBackend(address);
        var connection = backend.writes().getConnection();
        var statement = connection.createStatement()) {
      Position before = Position.lock(connection, backend);
      statement.execute("UPDATE store SET install_id = gen_random_uuid()");
      Position after = Position.read(connection, backend);
      connection.commit();
      return new EpochChange(before.revision().epoch(), after.revision().epoch());
    } catch (SQLException e) {
      throw new StoreException(
          "`%s` has no store that can be used: %s".formatted(address, e.getMessage()), e);
    }
  }

  /**
   * Brings the schema up to date and starts what each open starts. Closes the backend if that
   * fails.
   *
   * @throws StoreException if the database cannot be opened
   */
  static ConsentStore open(Backend backend) {
    return open(backend, true, SyncGate.WAIT_MAX);
  }

  /** As above, with another wait for syncs. */
  static ConsentStore open(Backend backend, Duration gateWaitMax) {
    return open(backend, true, gateWaitMax);
  }

  private static ConsentStore open(Backend backend, boolean migrate, Duration gateWaitMax) {
    try {
      backend.requireFit();
      if (migrate) {
        Schema.bringUpToDate(backend);
      } else {
        Schema.requireUpToDate(backend);
      }
      try (var connection = backend.writes().getConnection()) {
        backend.startEpoch(connection);
        Position position = Position.read(connection, backend);
        connection.commit();
        backend.sync(connection);
        return new ConsentStore(
            backend, backend.gate(position.revision(), gateWaitMax), position.lastEventTime());
      }
    } catch (SQLException | RuntimeException e) {
      backend.close();
      throw e instanceof StoreException known
          ? known
          : new StoreException("the store cannot be opened: " + e.getMessage(), e);
    }
  }

  /**
   * When the last change before this open was made; 1970 if there was none. A clock that says less
   * was set back: what had ended by then must not begin again.
   */
  public Instant lastEventTime() {
    return lastEventTime;
  }

  /** What the grant table loads from. */
  public GrantSource source() {
    return new LoadingSource(backend, gate);
  }

  /** What a replica follows, if others write to this store as well. For one thread. */
  public ChangeLog log() {
    return new PolledLog(backend);
  }

  /**
   * Calls {@code onNews} with the revision whenever somebody has written, until what is returned is
   * closed. Some of it may be missed; it is told {@link Long#MAX_VALUE} when that may be so.
   */
  public AutoCloseable listen(LongConsumer onNews) {
    return backend.listen(onNews);
  }

  /** What the grant table may load before anybody asks. */
  public RecentGrants recentGrants() {
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

  /** What ends the history at its old end. */
  public HistoryRetention retention() {
    return new HistoryRetention(backend);
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
