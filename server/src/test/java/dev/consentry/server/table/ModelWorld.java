package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A store with one key and one app, one replica that follows it, a clock, and a judge of every
 * answer. Loads run in the thread that asks, so that a model checker schedules all there is.
 *
 * <p>The table is the real one but for its maps, which are {@link OneKeyMap}.
 */
final class ModelWorld implements GrantSource {
  static final Standing GRANTED =
      new Standing(
          false,
          new Terms(GrantState.ACTIVE, ScopeSet.of(List.of(new Scope("read"))), Terms.NEVER));
  static final Standing REVOKED =
      new Standing(
          false,
          new Terms(GrantState.REVOKED, ScopeSet.of(List.of(new Scope("read"))), Terms.NEVER));

  static final Standing SUSPENDED = GRANTED.withAppSuspended(true);

  private static final Epoch FIRST_EPOCH = new Epoch("first-epoch-----");
  private static final Epoch SECOND_EPOCH = new Epoch("second-epoch----");
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), new AppId("app"));
  private static final CheckQuestion QUESTION = new CheckQuestion(KEY, List.of(new Scope("read")));

  /** What holds at each revision; revision 1 is the first. */
  private final AtomicReference<List<Truth>> log =
      new AtomicReference<>(List.of(new Truth(GRANTED, new Revision(FIRST_EPOCH, 1))));

  /** The history before the log was exchanged for another one. */
  private final AtomicReference<List<Truth>> formerLog = new AtomicReference<>(List.of());

  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong acknowledgedHere = new AtomicLong(1);
  private final AtomicLong acknowledgedAnywhere = new AtomicLong(1);
  private final AtomicLong acknowledgedAnywhereAt = new AtomicLong();
  private final AtomicLong entryReadAt = new AtomicLong();
  private final TableKey.Maker keys = new TableKey.Maker(1);
  private final Freshness freshness =
      new Freshness(
          clock::get,
          new ForwardClock(() -> Instant.ofEpochSecond(0, clock.get() * 1_000)),
          Duration.ZERO);
  private final StateMaker maker;
  private final AtomicReference<TableState> state = new AtomicReference<>();
  private final AtomicReference<Shares> shares = new AtomicReference<>(newShares());
  private final Loads loads = new Loads(this, freshness, Runnable::run);
  private final GrantTable table;

  /** A world where nothing is older than the last tick of the clock. */
  ModelWorld(StateMaker maker) {
    this.maker = maker;
    this.table = new GrantTable(keys, freshness, loads, this::newState, start(), new Signal());
  }

  private Progress start() {
    return new Progress(position(), Stamp.ALWAYS);
  }

  private TableState newState(Progress start) {
    TableState made = maker.make(start, requireNonNull(shares.get()), freshness, keys, loads);
    state.set(made);
    return made;
  }

  /** Maps that note the time of a look-up. */
  private Shares newShares() {
    return new Shares(
        new OneKeyMap<>(() -> entryReadAt.set(clock.get())),
        new OneKeyMap<>(() -> {}),
        () -> {},
        () -> 0);
  }

  @Override
  public Snapshot load(Collection<GrantKey> asked) {
    Truth last = requireNonNull(log.get()).getLast();
    return new Snapshot(last.at(), Map.of(KEY, last.standing()));
  }

  @Override
  public Revision position() {
    return requireNonNull(log.get()).getLast().at();
  }

  /** Puts the key into the table. */
  ModelWorld warm() {
    check(Consistency.MINIMIZE_LATENCY);
    return this;
  }

  /** This replica writes, follows and acknowledges. */
  void write(Standing standing) {
    follow(commit(standing), Stamp.ALWAYS);
    acknowledgedHere.set(position().number());
  }

  /** Another replica writes and acknowledges. */
  void writeElsewhere(Standing standing) {
    commit(standing);
    acknowledgedAnywhereAt.set(clock.get());
    acknowledgedAnywhere.set(position().number());
  }

  /** This replica polls. */
  void poll() {
    Stamp sentAt = freshness.now();
    List<Truth> truths = requireNonNull(log.get());
    int from = (int) requireNonNull(state.get()).progress().revision().number();
    var changes = new ArrayList<Change>();
    for (int i = from; i < truths.size(); i++) {
      changes.add(change(truths.get(i - 1), truths.get(i)));
    }
    follow(changes, sentAt);
  }

  void tick() {
    clock.incrementAndGet();
  }

  void evict() {
    requireNonNull(shares.get()).evict(keys.of(KEY));
  }

  /** Another history, of one revision; the table starts anew. */
  void otherHistory(Standing standing) {
    exchangeLog(standing);
    shares.set(newShares());
    table.resync(start());
  }

  /** As {@link #otherHistory}, by a table whose entries are a field beside its state. */
  void otherHistoryInTheSameShares(Standing standing) {
    exchangeLog(standing);
    table.resync(start());
    evict();
  }

  private void exchangeLog(Standing standing) {
    formerLog.set(requireNonNull(log.get()));
    log.set(List.of(new Truth(standing, new Revision(SECOND_EPOCH, 1))));
  }

  private List<Change> commit(Standing standing) {
    var truths = new ArrayList<>(requireNonNull(log.get()));
    Truth before = truths.getLast();
    Truth after = new Truth(standing, new Revision(before.at().epoch(), before.at().number() + 1));
    truths.add(after);
    log.set(List.copyOf(truths));
    return List.of(change(before, after));
  }

  private static Change change(Truth before, Truth after) {
    boolean suspended = after.standing().appSuspended();
    return suspended == before.standing().appSuspended()
        ? new GrantChange(after.at().number(), KEY, after.standing(), 0)
        : new AppChange(after.at().number(), KEY.app(), suspended);
  }

  private void follow(List<Change> changes, Stamp provedAt) {
    requireNonNull(state.get()).follow(changes, provedAt);
  }

  /** Asks as {@link GrantTable} does, but for the futures and flights, and judges the answer. */
  void check(Consistency consistency) {
    judge(consistency, () -> answer(consistency));
  }

  /** Asks through all of {@link GrantTable}, where loads are shared, and judges the answer. */
  void checkSharingLoads(Consistency consistency) {
    judge(consistency, () -> table.answer(QUESTION, consistency).join());
  }

  private Answer answer(Consistency consistency) {
    TableState asked = requireNonNull(state.get());
    TableKey key = keys.of(KEY);
    long floor = asked.floorOf(consistency);
    Truth truth = asked.find(key, floor);
    while (truth == null) {
      long reached = asked.progress().revision().number();
      Stamp sentAt = freshness.now();
      var load = new Load(load(List.of(KEY)), sentAt);
      if (load.epoch().equals(asked.progress().revision().epoch())) {
        asked.keep(key, load);
      }
      if (asked.accepts(
          load, floor == TableState.READ_THE_STORE ? reached : Math.max(floor, reached))) {
        truth = load.truthOf(key);
      } else if (!load.epoch().equals(asked.progress().revision().epoch())) {
        // Refused. What was read is the truth in any case.
        truth = load.truthOf(key);
      }
    }
    return new Answer(Decision.decide(QUESTION, truth.standing(), 0), truth.at());
  }

  /**
   * @throws AssertionError if the answer is not what was promised
   */
  private void judge(Consistency consistency, Supplier<Answer> ask) {
    List<Truth> logBefore = requireNonNull(log.get());
    long here = acknowledgedHere.get();
    long anywhere = acknowledgedAnywhere.get();
    Answer answer = ask.get();
    long at = answer.at().number();
    demand(answer.decision().equals(decisionAt(answer.at())), "not the truth at " + at);
    if (!answer.at().epoch().equals(logBefore.getLast().at().epoch())) {
      return;
    }
    demand(at >= here, "older than what was acknowledged here");
    switch (consistency) {
      case Consistency.MinimizeLatency ignored -> {}
      case Consistency.AtLeastAsFresh fresh ->
          demand(at >= fresh.revision().number(), "older than the token");
      case Consistency.FullyConsistent ignored ->
          demand(at >= anywhere, "older than what was acknowledged anywhere");
    }
    if (entryReadAt.get() > acknowledgedAnywhereAt.get()) {
      demand(at >= acknowledgedAnywhere.get(), "older than the bound");
    }
  }

  private Decision decisionAt(Revision at) {
    List<Truth> truths = requireNonNull(log.get());
    if (!truths.getFirst().at().epoch().equals(at.epoch())) {
      truths = requireNonNull(formerLog.get());
    }
    return Decision.decide(QUESTION, truths.get((int) at.number() - 1).standing(), 0);
  }

  private static void demand(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
