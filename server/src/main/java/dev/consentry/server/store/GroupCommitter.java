package dev.consentry.server.store;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.Moment;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.ForwardClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries commands out, as many at once as wait: one thread, one transaction, one sync. A caller is
 * answered once the sync has returned and decisions know of the change.
 *
 * <p>If a commit fails, nobody knows whether it happened: those that may have been written are told
 * so. On an embedded store, where that or a failed sync says that nothing is certain until the
 * store is opened again, it then stops for good: everybody else is refused, and the composition
 * root hears of it.
 */
public class GroupCommitter implements GrantStore, AutoCloseable {
  static final int COMMANDS_PER_BATCH_MAX = 256;

  /** A batch ends early after this many events; one command may bring it to 99 more. */
  static final int EVENTS_PER_BATCH_MAX = 256;

  /** After a commit decisions have this long to know of it. */
  static final Duration ACKNOWLEDGE_WITHIN = Duration.ofSeconds(5);

  /** The SQL state of a statement that took too long. */
  private static final String TIMED_OUT = "57014";

  private static final Logger LOG = LoggerFactory.getLogger(GroupCommitter.class);

  private final Backend backend;
  private final SyncGate gate;
  private final ForwardClock clock;
  private final GrantChanges changes;
  private final Consumer<Throwable> onFailStop;
  private final CommandQueue queue = new CommandQueue();
  private final RareWarning warning = new RareWarning(LOG, "a write failed, nothing was written");
  private final CountDownLatch stopped = new CountDownLatch(1);

  /** What the thread is at; it alone touches these. */
  private List<PendingCommand<?>> inHand = List.of();

  private boolean committing;

  /** Whether what failed last would fail for others too. */
  private boolean ailing;

  /** Ends when everything committed is acknowledged. */
  private CompletableFuture<Void> acknowledged = CompletableFuture.completedFuture(null);

  GroupCommitter(
      Backend backend,
      SyncGate gate,
      ForwardClock clock,
      GrantChanges changes,
      Consumer<Throwable> onFailStop) {
    this.backend = backend;
    this.gate = gate;
    this.clock = clock;
    this.changes = changes;
    this.onFailStop = onFailStop;
  }

  /* A platform thread of its own, which nobody can interrupt: an interrupt inside H2 may break more than one call. */
  final void start() {
    Thread.ofPlatform().name("committer").start(this::run);
  }

  @Override
  public final <R> At<R> execute(Command<R> command, BooleanSupplier abandoned) {
    var pending = new PendingCommand<R>(command, abandoned);
    Refusal refusal = queue.offer(pending);
    if (refusal != null) {
      throw new RefusedException(refusal);
    }
    return pending.await();
  }

  /** Takes no more commands, and returns when those taken are carried out. */
  @Override
  public final void close() {
    queue.end(new Refusal.ShuttingDown());
    boolean interrupted = false;
    while (true) {
      try {
        stopped.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      do {
        inHand = queue.take(COMMANDS_PER_BATCH_MAX);
        carryOut(inHand);
      } while (!inHand.isEmpty());
      acknowledged.join();
    } catch (Throwable t) {
      failStop(t);
    } finally {
      stopped.countDown();
    }
  }

  private void failStop(Throwable cause) {
    LOG.error("the store stops: what was being written may or may not be; open it again", cause);
    queue.end(new Refusal.StoreUnavailable());
    gate.fail();
    inHand.forEach(command -> command.giveUp(committing));
    List<PendingCommand<?>> queued = queue.take(CommandQueue.COMMANDS_MAX);
    queued.forEach(command -> command.refuse(new Refusal.StoreUnavailable()));
    // Whoever is told may end the process, which closes this.
    stopped.countDown();
    onFailStop.accept(cause);
  }

  private void carryOut(List<PendingCommand<?>> batch) throws SQLException {
    List<PendingCommand<?>> rest = batch;
    while (!rest.isEmpty()) {
      int done = carryOutSome(rest);
      rest = rest.subList(done, rest.size());
    }
  }

  /** Carries out the first of these commands, in one transaction; how many. */
  private int carryOutSome(List<PendingCommand<?>> batch) throws SQLException {
    int done = 0;
    try (Connection connection = backend.writes().getConnection()) {
      done = commit(connection, batch);
      return done;
    } catch (SQLException | RuntimeException e) {
      if ((committing && !backend.outlivesFailedCommits()) || backend.lost()) {
        throw e;
      }
      if (done > 0) {
        LOG.warn("a connection did not close in order after its commit", e);
        return done;
      }
      if (committing) {
        committing = false;
        LOG.error("a commit failed: what it was to write may or may not be written", e);
        batch.forEach(command -> command.giveUp(true));
      } else if (batch.size() > 1 && mayBeOneCommandsFault(e)) {
        LOG.warn("a batch failed, and is tried again one by one", e);
        carryOutOneByOne(batch, e);
      } else {
        ailing = ailsAll(e);
        refuse(batch, e);
      }
      return batch.size();
    }
  }

  /** Until one fails in a way that would only be repeated for the rest. */
  private void carryOutOneByOne(List<PendingCommand<?>> batch, Exception why) throws SQLException {
    for (int i = 0; i < batch.size(); i++) {
      ailing = false;
      carryOut(List.of(batch.get(i)));
      if (ailing) {
        refuse(batch.subList(i + 1, batch.size()), why);
        return;
      }
    }
  }

  private boolean mayBeOneCommandsFault(Exception e) {
    SQLException ofDatabase = Backend.sqlException(e);
    return ofDatabase == null || backend.blamesStatement(ofDatabase);
  }

  /** Whether whoever comes next would only wait for the same failure. */
  private boolean ailsAll(Exception e) {
    SQLException ofDatabase = Backend.sqlException(e);
    return ofDatabase != null
        && (TIMED_OUT.equals(ofDatabase.getSQLState()) || !backend.blamesStatement(ofDatabase));
  }

  private void refuse(List<PendingCommand<?>> commands, Exception why) {
    if (why instanceof SQLException || why instanceof DataAccessException) {
      warning.failed(why);
      commands.forEach(command -> command.refuse(new Refusal.StoreUnavailable()));
    } else {
      commands.forEach(command -> command.fail(why));
    }
  }

  private int commit(Connection connection, List<PendingCommand<?>> batch) throws SQLException {
    var rows = new TransactionRows(backend, connection);
    Position start = rows.lockAndReadAhead(batch.stream().map(PendingCommand::command).toList());
    List<PendingCommand<?>> decided = decide(batch, rows, start);
    Optional<Position> end = rows.finish(start);
    CompletableFuture<Void> settled;
    if (end.isPresent()) {
      committing = true;
      connection.commit();
      settled = settle(connection, end.get().revision(), rows.events());
      committing = false;
    } else {
      connection.rollback();
      settled = publish(start.revision(), List.of());
    }
    acknowledge(decided, settled);
    return decided.size();
  }

  /* Refusals wait as well: "no such grant" is how a caller may learn that another replica has revoked it. */
  private void acknowledge(List<PendingCommand<?>> decided, CompletableFuture<Void> settled) {
    acknowledged =
        settled
            .orTimeout(ACKNOWLEDGE_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
            .handle((_, failure) -> {
              if (failure == null) {
                decided.forEach(PendingCommand::conclude);
              } else {
                decided.forEach(command -> command.giveUp(true));
              }
              return null;
            });
  }

  private List<PendingCommand<?>> decide(
      List<PendingCommand<?>> batch, TransactionRows rows, Position start) {
    int count = 0;
    for (PendingCommand<?> command : batch) {
      if (rows.events().size() >= EVENTS_PER_BATCH_MAX) {
        break;
      }
      count++;
      if (command.isAbandoned()) {
        command.drop();
      } else {
        command.decide(rows, moment(start, rows.events()));
      }
    }
    return batch.subList(0, count);
  }

  /** The moment after these events. */
  private Moment moment(Position start, List<Event> events) {
    return new Moment(
        start.notBefore(clock),
        new Revision(start.revision().epoch(), start.revision().number() + events.size()));
  }

  /** Makes true what is visible since the commit: on the disk first, then in every decision. */
  CompletableFuture<Void> settle(Connection connection, Revision reached, List<Event> events)
      throws SQLException {
    backend.sync(connection);
    return publish(reached, events);
  }

  final CompletableFuture<Void> publish(Revision reached, List<Event> events) {
    var known = changes.follow(reached, events.stream().map(GrantChanges.Change::of).toList());
    if (!events.isEmpty()) {
      gate.advance(events.getLast().revision());
    }
    return known;
  }

  /** How many commands wait for a batch to end. */
  final int waiting() {
    return queue.size();
  }
}
