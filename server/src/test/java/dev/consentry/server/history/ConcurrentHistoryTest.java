package dev.consentry.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.history.HistoryCheck.Acknowledged;
import dev.consentry.server.history.HistoryCheck.Asked;
import dev.consentry.server.history.HistoryCheck.Instants;
import dev.consentry.server.history.HistoryCheck.Item;
import dev.consentry.server.table.EvictableTable.Variant;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Event;
import dev.consentry.v1.Grant;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.SuspendAppRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Eight threads that grant, revoke, suspend, resume, evict and check through gRPC while loads are
 * slow. What they recorded is judged twice: against the log that the server shows, and against what
 * they were told was written.
 */
final class ConcurrentHistoryTest {
  private static final int THREADS = 8;
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("consentry.history.seconds", 20));
  private static final Duration TIME_OF_A_MUTANT = Duration.ofSeconds(4);
  private static final int MUTANT_ROUNDS_MAX = 5;
  private static final int ACCOUNTS = 6;
  private static final int BATCH = 5;
  private static final long SLOW_LOAD_MICROS_MAX = 2_000;
  private static final long SEED = 20261123;
  private static final String REPLICA = "the only one";

  @Test
  void history_eightThreadsWithSeed20261123_noViolation() {
    Recorded recorded = record(Variant.PROTOCOL, TIME, SEED);
    assertTrue(recorded.answers().size() > 1_000, () -> recorded.answers().size() + " answers");
    assertEquals(recorded.log(), recorded.told());
    assertEquals(List.of(), first(recorded.violationsOf(recorded.log())));
    assertEquals(List.of(), first(recorded.violationsOf(recorded.told())));
  }

  @Test
  void history_onATableThatSkipsOneChangeInFifty_isSeenToFail() {
    assertSeenToFail(Variant.SKIPS_ONE_CHANGE_IN_FIFTY);
  }

  @Test
  void history_onATableThatGuardsOnProgress_isSeenToFail() {
    assertSeenToFail(Variant.GUARD_ON_PROGRESS);
  }

  private static void assertSeenToFail(Variant mutant) {
    boolean found = false;
    for (int round = 0; round < MUTANT_ROUNDS_MAX && !found; round++) {
      Recorded recorded = record(mutant, TIME_OF_A_MUTANT, SEED + round);
      found = !recorded.violationsOf(recorded.log()).isEmpty();
      assertEquals(found, !recorded.violationsOf(recorded.told()).isEmpty());
    }
    assertTrue(found);
  }

  private static List<String> first(List<String> violations) {
    return violations.subList(0, Math.min(5, violations.size()));
  }

  /**
   * What happened.
   *
   * @param log as the server shows it
   * @param told what callers were told, in order of revision
   */
  private record Recorded(
      List<Asked> answers, List<Acknowledged> writes, List<Change> log, List<Change> told) {
    List<String> violationsOf(List<Change> history) {
      return new HistoryCheck(history, writes, WholeServer.MAX_STALENESS).violations(answers);
    }
  }

  private static Recorded record(Variant variant, Duration time, long seed) {
    try (var server = new WholeServer(variant, ConcurrentHistoryTest::slow);
        var threads = Executors.newFixedThreadPool(THREADS)) {
      if (variant == Variant.GUARD_ON_PROGRESS) {
        // The mutant's window: entries are replaced, and progress is not yet published.
        server.table().beforePublish(ignored -> pause(SLOW_LOAD_MICROS_MAX));
      }
      var callers = IntStream.range(0, THREADS).mapToObj(i -> new Caller(server, i, seed)).toList();
      callers.forEach(Caller::registerApp);
      long end = System.nanoTime() + time.toNanos();
      List<Future<?>> running = new ArrayList<>();
      callers.forEach(caller -> running.add(threads.submit(() -> caller.run(end))));
      for (Future<?> each : running) {
        each.get();
      }
      return recorded(server, callers);
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private static Recorded recorded(WholeServer server, List<Caller> callers) {
    return new Recorded(
        callers.stream().flatMap(caller -> caller.answers.stream()).toList(),
        callers.stream().flatMap(caller -> caller.writes.stream()).toList(),
        log(server),
        callers.stream()
            .flatMap(caller -> caller.told.stream())
            .sorted(Comparator.comparingLong(Change::revision))
            .toList());
  }

  private static GrantSource slow(GrantSource store) {
    return new GrantSource() {
      @Override
      public Snapshot load(Collection<GrantKey> keys) {
        Snapshot snapshot = store.load(keys);
        pause(SLOW_LOAD_MICROS_MAX);
        return snapshot;
      }

      @Override
      public Revision position() {
        return store.position();
      }
    };
  }

  private static void pause(long microsMax) {
    LockSupport.parkNanos(
        TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextLong(microsMax)));
  }

  /** The log, by {@code ListEvents}. */
  private static List<Change> log(WholeServer server) {
    var changes = new ArrayList<Change>();
    var request = ListEventsRequest.newBuilder().setOldestFirst(true).setPageSize(1_000);
    ListEventsResponse page;
    do {
      page = server.history().listEvents(request.build());
      page.getEventsList().forEach(event -> changes.add(changeOf(event)));
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return changes;
  }

  private static Change changeOf(Event event) {
    long revision = WholeServer.numberOf(event.getRevision());
    return switch (event.getType()) {
      case TYPE_GRANTED, TYPE_REVOKED -> grantChange(revision, event.getGrant().getAfter());
      case TYPE_APP_SUSPENDED -> new AppChange(revision, new AppId(event.getAppId()), true);
      case TYPE_APP_RESUMED -> new AppChange(revision, new AppId(event.getAppId()), false);
      case TYPE_APP_CREATED -> new NoDecisionChange(revision);
      default -> throw new AssertionError("nobody did this: " + event);
    };
  }

  private static GrantChange grantChange(long revision, Grant grant) {
    GrantState state =
        switch (grant.getState()) {
          case STATE_ACTIVE -> GrantState.ACTIVE;
          case STATE_REVOKED -> GrantState.REVOKED;
          default -> throw new AssertionError("nobody did this: " + grant);
        };
    var scopes = ScopeSet.of(grant.getScopesList().stream().map(Scope::new).toList());
    return new GrantChange(
        revision,
        WholeServer.key(grant.getAccountId(), grant.getAppId()),
        new Standing(false, new Terms(state, scopes, Terms.NEVER)));
  }

  /** One thread, with an app that it alone suspends. */
  private static final class Caller {
    private final WholeServer server;
    private final AppId app;
    private final SplittableRandom random;
    private final List<Asked> answers = new ArrayList<>();
    private final List<Acknowledged> writes = new ArrayList<>();
    private final List<Change> told = new ArrayList<>();
    private String lastToken = "";
    private boolean suspended;

    Caller(WholeServer server, int number, long seed) {
      this.server = server;
      this.app = new AppId("app-" + number);
      this.random = new SplittableRandom(seed * THREADS + number);
    }

    void registerApp() {
      String revision = server.putApp(app);
      acknowledged(revision);
      told.add(new NoDecisionChange(WholeServer.numberOf(revision)));
    }

    void run(long end) {
      while (System.nanoTime() < end) {
        switch (random.nextInt(20)) {
          case 0, 1 -> unlessRefused(this::grant);
          case 2, 3 -> unlessRefused(this::revoke);
          case 4 -> suspendOrResume();
          case 5, 6 -> server.table().evict(anyKey());
          case 7, 8 -> batch();
          default -> check();
        }
      }
    }

    private GrantKey anyKey() {
      return WholeServer.key(
          "account-" + random.nextInt(ACCOUNTS), "app-" + random.nextInt(THREADS));
    }

    private void grant() {
      var response = server.grant(anyKey());
      acknowledged(response.getRevision());
      told.add(grantChange(WholeServer.numberOf(response.getRevision()), response.getGrant()));
    }

    private void revoke() {
      var response = server.revoke(anyKey());
      acknowledged(response.getRevision());
      told.add(grantChange(WholeServer.numberOf(response.getRevision()), response.getGrant()));
    }

    private void suspendOrResume() {
      suspended = !suspended;
      String revision =
          suspended
              ? server
                  .apps()
                  .suspendApp(SuspendAppRequest.newBuilder().setAppId(app.value()).build())
                  .getRevision()
              : server
                  .apps()
                  .resumeApp(ResumeAppRequest.newBuilder().setAppId(app.value()).build())
                  .getRevision();
      acknowledged(revision);
      told.add(new AppChange(WholeServer.numberOf(revision), app, suspended));
    }

    private void acknowledged(String revision) {
      lastToken = revision;
      writes.add(new Acknowledged(REPLICA, WholeServer.numberOf(revision), System.nanoTime()));
    }

    /** There may be a grant already, or none, or the app be suspended: then nothing was written. */
    private static void unlessRefused(Runnable write) {
      try {
        write.run();
      } catch (StatusRuntimeException e) {
        Status.Code code = e.getStatus().getCode();
        boolean refused =
            code == Status.Code.ALREADY_EXISTS
                || code == Status.Code.NOT_FOUND
                || code == Status.Code.FAILED_PRECONDITION;
        assertTrue(refused, e::toString);
      }
    }

    private void check() {
      GrantKey key = anyKey();
      Consistency consistency = anyConsistency();
      Instants began = now();
      var response =
          server
              .decisions()
              .check(WholeServer.checkOf(key).toBuilder().setConsistency(consistency).build());
      record(began, consistency, List.of(item(key, response)));
    }

    private void batch() {
      var keys = IntStream.range(0, BATCH).mapToObj(ignored -> anyKey()).toList();
      var request = BatchCheckRequest.newBuilder().setConsistency(anyConsistency());
      keys.forEach(key ->
          request.addItems(
              BatchCheckItem.newBuilder()
                  .setAccountId(key.account().value())
                  .setAppId(key.app().value())
                  .addScopes(WholeServer.SCOPE)));
      Instants began = now();
      List<BatchCheckResult> results =
          server.decisions().batchCheck(request.build()).getResultsList();
      var items = new ArrayList<Item>();
      for (int i = 0; i < keys.size(); i++) {
        assertTrue(results.get(i).hasResponse(), results.get(i)::toString);
        items.add(item(keys.get(i), results.get(i).getResponse()));
      }
      record(began, request.getConsistency(), items);
    }

    private Consistency anyConsistency() {
      int choice = random.nextInt(10);
      if (choice == 0) {
        return Consistency.newBuilder().setFullyConsistent(true).build();
      }
      return choice < 4 && !lastToken.isEmpty()
          ? Consistency.newBuilder().setAtLeastAsFresh(lastToken).build()
          : Consistency.getDefaultInstance();
    }

    private void record(Instants began, Consistency consistency, List<Item> items) {
      long token =
          consistency.hasAtLeastAsFresh()
              ? WholeServer.numberOf(consistency.getAtLeastAsFresh())
              : 0;
      answers.add(new Asked(REPLICA, began, now(), token, consistency.getFullyConsistent(), items));
    }

    private static Instants now() {
      return new Instants(System.nanoTime(), 0);
    }

    private static Item item(GrantKey key, CheckResponse response) {
      var question = new CheckQuestion(key, List.of(new Scope(WholeServer.SCOPE)));
      assertFalse(response.hasGrantExpireTime());
      var decision =
          switch (response.getDecision()) {
            case DECISION_ALLOW -> new Decision.Allow(Terms.NEVER);
            case DECISION_DENY ->
                new Decision.Deny(
                    reasonOf(response),
                    response.getMissingScopesList().stream().map(Scope::new).toList());
            default -> throw new AssertionError("no decision: " + response);
          };
      return new Item(question, decision, WholeServer.numberOf(response.getRevision()));
    }

    private static DenyReason reasonOf(CheckResponse response) {
      return DenyReason.valueOf(response.getDenyReason().name().substring("DENY_REASON_".length()));
    }
  }
}
