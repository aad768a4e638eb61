package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.GrantChanges;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.GrantKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The grants that are asked about, in memory; the others are loaded. Why an answer is never stale
 * stands in {@link TableState}.
 */
public final class GrantTable implements DecisionPoint, GrantChanges {
  private final TableKey.Maker keys;
  private final Freshness freshness;
  private final Loads loads;
  private final Function<Progress, TableState> states;
  private final AtomicReference<TableState> current;
  private final Signal otherHistory;

  GrantTable(
      TableKey.Maker keys,
      Freshness freshness,
      Loads loads,
      Function<Progress, TableState> states,
      Progress start,
      Signal otherHistory) {
    this.keys = keys;
    this.freshness = freshness;
    this.loads = loads;
    this.states = states;
    this.current = new AtomicReference<>(states.apply(start));
    this.otherHistory = otherHistory;
  }

  /**
   * An empty table at the store's position, for a store with one writer, which tells this table of
   * every change before anybody else. Nobody may write until this has returned.
   *
   * @param maxBytes of heap that the entries may take, about
   * @param hashSeed secret, and different in each process
   * @param virtualThreads runs what blocks on the store
   */
  public static GrantTable embedded(
      GrantSource source,
      Freshness freshness,
      long maxBytes,
      long hashSeed,
      Executor virtualThreads) {
    var start = new Progress(source.position(), Stamp.ALWAYS);
    return of(source, freshness, maxBytes, hashSeed, virtualThreads, start, new Signal());
  }

  /**
   * An empty table at the store's position, for a store that others write to as well: a {@link
   * Follower} has to keep it up.
   *
   * @param maxBytes of heap that the entries may take, about
   * @param hashSeed secret, and different in each process
   * @param virtualThreads runs what blocks on the store
   * @param otherHistory raised when a load has met another epoch
   */
  public static GrantTable following(
      GrantSource source,
      Freshness freshness,
      long maxBytes,
      long hashSeed,
      Executor virtualThreads,
      Signal otherHistory) {
    Stamp sentAt = freshness.now();
    var start = new Progress(source.position(), sentAt);
    return of(source, freshness, maxBytes, hashSeed, virtualThreads, start, otherHistory);
  }

  private static GrantTable of(
      GrantSource source,
      Freshness freshness,
      long maxBytes,
      long hashSeed,
      Executor virtualThreads,
      Progress start,
      Signal otherHistory) {
    var keys = new TableKey.Maker(hashSeed);
    var loads = new Loads(source, freshness, virtualThreads);
    return new GrantTable(
        keys,
        freshness,
        loads,
        from -> new TableState(from, Shares.ofBytes(maxBytes), freshness, keys, loads),
        start,
        otherHistory);
  }

  @Override
  public @Nullable Truth known(AskedKey key) {
    return state().find(keys.hashed(key), 0);
  }

  @Override
  public View view() {
    return state().view();
  }

  @Override
  public long decisionMicros() {
    return freshness.decisionMicros();
  }

  @Override
  public @Nullable Answer answerNow(CheckQuestion question, Consistency consistency) {
    TableState state = state();
    Truth truth = state.find(keys.of(question.key()), state.floorOf(consistency));
    return truth == null ? null : decide(question, truth, freshness.decisionMicros());
  }

  @Override
  public CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency) {
    TableState state = state();
    TableKey key = keys.of(question.key());
    long floor = state.floorOf(consistency);
    Truth known = state.find(key, floor);
    if (known != null) {
      return CompletableFuture.completedFuture(decide(question, known, freshness.decisionMicros()));
    }
    boolean unsent = floor == TableState.READ_THE_STORE;
    return acceptable(state, floor, () -> state.fly(key, unsent), () -> state.fly(key, true))
        .thenApply(load -> decide(question, load.truthOf(key), freshness.decisionMicros()));
  }

  @Override
  public @Nullable List<Answer> answerAllNow(
      List<CheckQuestion> questions, Consistency consistency) {
    TableState state = state();
    List<TableKey> asked = questions.stream().map(question -> keys.of(question.key())).toList();
    List<Truth> known = state.findAll(asked, state.floorOf(consistency));
    return known == null ? null : decideAll(questions, known);
  }

  @Override
  public CompletableFuture<List<Answer>> answerAll(
      List<CheckQuestion> questions, Consistency consistency) {
    TableState state = state();
    List<TableKey> asked = questions.stream().map(question -> keys.of(question.key())).toList();
    long floor = state.floorOf(consistency);
    List<Truth> known = state.findAll(asked, floor);
    if (known != null) {
      return CompletableFuture.completedFuture(decideAll(questions, known));
    }
    List<TableKey> distinct = asked.stream().distinct().toList();
    Supplier<CompletableFuture<Load>> load = () -> state.load(distinct);
    return acceptable(state, floor, load, load)
        .thenApply(loaded -> decideAll(questions, asked.stream().map(loaded::truthOf).toList()));
  }

  /** Loads these grants as if somebody had asked about them, in one statement. */
  public CompletableFuture<Void> load(Collection<GrantKey> wanted) {
    return state().load(wanted.stream().map(keys::of).toList()).thenAccept(_ -> {});
  }

  /** Of the only writer that there is: its changes follow on from the last ones. */
  @Override
  public CompletableFuture<Void> follow(Revision reached, List<Change> changes) {
    if (!changes.isEmpty()) {
      state().follow(changes, Stamp.ALWAYS);
    }
    return CompletableFuture.completedFuture(null);
  }

  /** Whether it answers from memory now, and loads what is not there. */
  public boolean isFresh() {
    return state().isFresh();
  }

  /**
   * Drops everything known and starts anew at {@code start}; late loads stay with the old state.
   */
  void resync(Progress start) {
    current.set(states.apply(start));
  }

  TableState state() {
    return requireNonNull(current.get());
  }

  /** How old what it answers from is. Goes on rising while it does not answer. */
  public Duration staleness() {
    return freshness.age(state().progress().provedAt());
  }

  /** Up to where it knows what is true. */
  public Revision reached() {
    return state().progress().revision();
  }

  /** How many keys it knows a grant of, about. */
  public long grantEntries() {
    return state().shares().grantEntries();
  }

  /** How many keys it knows to have no grant, about. */
  public long absenceEntries() {
    return state().shares().absenceEntries();
  }

  /** Heap that the entries take, about. */
  public long entryBytes() {
    return state().shares().bytes();
  }

  /** How many loads were started since the process began. */
  public long loads() {
    return loads.startedCount();
  }

  /** How many of them brought nothing. */
  public long failedLoads() {
    return loads.failedCount();
  }

  /**
   * The first load, or else the second, that may be told to somebody who could already see what
   * this call can. The second is sent after the call began: if that will not do, nothing will.
   */
  private CompletableFuture<Load> acceptable(
      TableState state,
      long floor,
      Supplier<CompletableFuture<Load>> first,
      Supplier<CompletableFuture<Load>> second) {
    long reached = state.progress().revision().number();
    long need = floor == TableState.READ_THE_STORE ? reached : Math.max(floor, reached);
    return first
        .get()
        .thenCompose(load ->
            state.accepts(load, need) ? CompletableFuture.completedFuture(load) : second.get())
        .thenApply(load -> {
          if (!state.accepts(load, need)) {
            if (!state.isOfThisHistory(load)) {
              otherHistory.raise();
            }
            throw new RefusedException(state.refusal(load, need));
          }
          return load;
        });
  }

  private List<Answer> decideAll(List<CheckQuestion> questions, List<Truth> truths) {
    long nowMicros = freshness.decisionMicros();
    var answers = new ArrayList<Answer>(questions.size());
    for (int i = 0; i < questions.size(); i++) {
      answers.add(decide(questions.get(i), truths.get(i), nowMicros));
    }
    return answers;
  }

  private static Answer decide(CheckQuestion question, Truth truth, long nowMicros) {
    return new Answer(Decision.decide(question, truth.standing(), nowMicros), truth.at());
  }
}
