package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A real table over a {@link FakeStore}, with two clocks that stand still unless they are moved.
 */
final class TableUnderTest {
  static final AppId APP = new AppId("ledger-sync");
  static final GrantKey KEY = new GrantKey(new AccountId("acme"), APP);
  static final GrantKey OTHER_KEY = new GrantKey(new AccountId("globex"), APP);
  static final CheckQuestion QUESTION = question(KEY);
  static final CheckQuestion OTHER_QUESTION = question(OTHER_KEY);
  static final Duration MAX_STALENESS = Duration.ofSeconds(2);

  private static final long MAX_BYTES = 1 << 20;
  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(10);

  final FakeStore store = new FakeStore();
  final AtomicLong nanos = new AtomicLong(1_000_000_000L);
  final AtomicReference<Instant> wall =
      new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
  final Freshness freshness =
      new Freshness(nanos::get, new ForwardClock(() -> requireNonNull(wall.get())), MAX_STALENESS);
  final TableKey.Maker keys = new TableKey.Maker(42);
  final GrantTable table;
  final Loads loads;
  private Shares nextShares;
  private final StateMaker maker;
  private final AtomicReference<TableState> state = new AtomicReference<>();

  TableUnderTest(StateMaker maker) {
    this(maker, Shares.ofBytes(MAX_BYTES), Executors.newVirtualThreadPerTaskExecutor());
  }

  TableUnderTest(StateMaker maker, Shares shares, Executor executor) {
    this(maker, Loads::new, shares, executor);
  }

  TableUnderTest(StateMaker maker, LoadsMaker loadsMaker, Executor executor) {
    this(maker, loadsMaker, Shares.ofBytes(MAX_BYTES), executor);
  }

  /** Where {@link #KEY} is granted at revision 1 and {@link #OTHER_KEY} at 2. */
  private TableUnderTest(
      StateMaker maker, LoadsMaker loadsMaker, Shares shares, Executor executor) {
    this.maker = maker;
    this.loads = loadsMaker.make(store, freshness, executor);
    store.grant(KEY, "read");
    store.grant(OTHER_KEY, "read");
    this.nextShares = shares;
    this.table = new GrantTable(keys, freshness, loads, this::newState, start(), new Signal());
  }

  static CheckQuestion question(GrantKey key) {
    return new CheckQuestion(key, List.of(new Scope("read")));
  }

  private Progress start() {
    return new Progress(store.position(), Stamp.ALWAYS);
  }

  private TableState newState(Progress start) {
    TableState made = maker.make(start, nextShares, freshness, keys, loads);
    state.set(made);
    return made;
  }

  TableState state() {
    return requireNonNull(state.get());
  }

  HookedState hooked() {
    return (HookedState) state();
  }

  void resync() {
    nextShares = Shares.ofBytes(MAX_BYTES);
    table.resync(start());
  }

  /** As if the entries were a field beside the state. */
  void resyncInTheSameShares() {
    nextShares = state().shares();
    table.resync(start());
    evict(KEY);
    evict(OTHER_KEY);
  }

  TableUnderTest warm() {
    check(QUESTION);
    check(OTHER_QUESTION);
    return this;
  }

  void evict(GrantKey key) {
    state().shares().evict(keys.of(key));
  }

  void follow(List<Change> changes) {
    var last = changes.getLast();
    table.follow(new Revision(store.position().epoch(), last.revision()), changes).join();
  }

  /** Moves both clocks. */
  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    wall.updateAndGet(now -> requireNonNull(now).plus(time));
  }

  CompletableFuture<Answer> ask(CheckQuestion question) {
    return table.answer(question, Consistency.MINIMIZE_LATENCY);
  }

  CompletableFuture<Answer> askFully(CheckQuestion question) {
    return table.answer(question, Consistency.FULLY_CONSISTENT);
  }

  Decision check(CheckQuestion question) {
    return await(ask(question)).decision();
  }

  static <T> T await(CompletableFuture<T> future) {
    return future
        .orTimeout(ANSWER_TIME_MAX.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
        .join();
  }

  /** Waits until a thread has ended, or waits for another. */
  static void awaitStopped(Thread thread) {
    var stopped = EnumSet.of(Thread.State.TERMINATED, Thread.State.WAITING, Thread.State.BLOCKED);
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!stopped.contains(thread.getState())) {
      assertTrue(System.nanoTime() < deadline, "it neither ends nor waits");
      Thread.onSpinWait();
    }
  }

  static void assertAllowed(Decision decision) {
    assertInstanceOf(Decision.Allow.class, decision);
  }

  static void assertDenied(DenyReason reason, Decision decision) {
    assertEquals(reason, assertInstanceOf(Decision.Deny.class, decision).reason());
  }

  static void assertRefused(Class<? extends Refusal> refusal, CompletableFuture<?> future) {
    var e = assertThrows(CompletionException.class, () -> await(future));
    assertInstanceOf(refusal, assertInstanceOf(RefusedException.class, e.getCause()).refusal());
  }
}
