package dev.consentry.server.rpc;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.AppState;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.server.table.View;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ports that lead to the store, each with a bounded number of places before it. Whoever finds
 * none is refused before the port is asked; what memory can answer needs none.
 */
final class StoreDoors {
  /** Fewer than the table queues, so that a caller is told that it is too much, not unavailable. */
  static final int LOADS_MAX = 9_000;

  static final int LOADS_PER_CALLER_MAX = 6_000;

  /** A batch takes a place for as many keys as the table sends in one statement. */
  static final int KEYS_PER_LOAD = 100;

  /** Fewer than the writer queues: what the server itself writes still finds room. */
  static final int WRITES_MAX = 900;

  static final int WRITES_PER_CALLER_MAX = 600;
  static final int READS_MAX = 400;
  static final int READS_PER_CALLER_MAX = 200;

  private final StoreWaits loads;
  private final StoreWaits writes;
  private final StoreWaits reads;

  /**
   * Nobody waits.
   *
   * @param caller names who makes the current call, in its {@link io.grpc.Context}
   */
  StoreDoors(Supplier<String> caller) {
    loads = new StoreWaits(LOADS_MAX, LOADS_PER_CALLER_MAX, caller);
    writes = new StoreWaits(WRITES_MAX, WRITES_PER_CALLER_MAX, caller);
    reads = new StoreWaits(READS_MAX, READS_PER_CALLER_MAX, caller);
  }

  /** How many each has refused. */
  List<Measure> measures() {
    return List.of(
        Measure.of(Metric.CALLS_REFUSED, loads::refused, "loads"),
        Measure.of(Metric.CALLS_REFUSED, writes::refused, "writes"),
        Measure.of(Metric.CALLS_REFUSED, reads::refused, "reads"));
  }

  DecisionPoint before(DecisionPoint table) {
    return new Loads(table, loads);
  }

  /**
   * The same places, for calls that come in another way: by whom, is told.
   *
   * @param caller asked on the thread that wants a place
   */
  DecisionPoint before(DecisionPoint table, Supplier<String> caller) {
    return new Loads(table, loads.of(caller));
  }

  /** As {@link #before(DecisionPoint, Supplier)}. */
  ConsentReads before(ConsentReads read, Supplier<String> caller) {
    return new Reads(read, reads.of(caller));
  }

  GrantStore before(GrantStore store) {
    return new Writes(store, writes);
  }

  ConsentReads before(ConsentReads read) {
    return new Reads(read, reads);
  }

  /** Throws {@link RefusedException} at once where a load finds no place. */
  private record Loads(DecisionPoint table, StoreWaits places) implements DecisionPoint {
    @Override
    public @Nullable Truth known(AskedKey key) {
      return table.known(key);
    }

    @Override
    public View view() {
      return table.view();
    }

    @Override
    public long decisionMicros() {
      return table.decisionMicros();
    }

    @Override
    public @Nullable Answer answerNow(CheckQuestion question, Consistency consistency) {
      return table.answerNow(question, consistency);
    }

    @Override
    public CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency) {
      return places.untilDone(1, () -> table.answer(question, consistency));
    }

    @Override
    public @Nullable List<Answer> answerAllNow(
        List<CheckQuestion> questions, Consistency consistency) {
      return table.answerAllNow(questions, consistency);
    }

    @Override
    public CompletableFuture<List<Answer>> answerAll(
        List<CheckQuestion> questions, Consistency consistency) {
      List<Answer> known = table.answerAllNow(questions, consistency);
      if (known != null) {
        return CompletableFuture.completedFuture(known);
      }
      int wanted = Math.ceilDiv(questions.size(), KEYS_PER_LOAD);
      return places.untilDone(wanted, () -> table.answerAll(questions, consistency));
    }
  }

  private record Writes(GrantStore store, StoreWaits places) implements GrantStore {
    @Override
    public <R> At<R> execute(Command<R> command, BooleanSupplier abandoned) {
      return places.during(() -> store.execute(command, abandoned));
    }
  }

  private record Reads(ConsentReads reads, StoreWaits places) implements ConsentReads {
    @Override
    public At<AppAndGrant> appAndGrant(GrantKey key) {
      return places.during(() -> reads.appAndGrant(key));
    }

    @Override
    public At<Optional<App>> app(AppId id, int version) {
      return places.during(() -> reads.app(id, version));
    }

    @Override
    public At<Page<GrantView>> grants(
        GrantFilter filter, PageLimit<GrantView> limit, @Nullable GrantKey after) {
      return places.during(() -> reads.grants(filter, limit, after));
    }

    @Override
    public At<Page<GrantKey>> allowed(AllowedFilter filter, int rows, @Nullable GrantKey after) {
      return places.during(() -> reads.allowed(filter, rows, after));
    }

    @Override
    public At<Page<App>> apps(Set<AppState> states, PageLimit<App> limit, @Nullable AppId after) {
      return places.during(() -> reads.apps(states, limit, after));
    }

    @Override
    public At<Page<Event>> events(
        EventFilter filter, PageLimit<Event> limit, @Nullable Long after) {
      return places.during(() -> reads.events(filter, limit, after));
    }

    @Override
    public At<Long> countActiveGrants(AppId id) {
      return places.during(() -> reads.countActiveGrants(id));
    }
  }
}
