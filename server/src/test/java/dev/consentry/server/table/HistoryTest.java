package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AccountId;
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
import dev.consentry.server.history.HistoryCheck;
import dev.consentry.server.history.HistoryCheck.Acknowledged;
import dev.consentry.server.history.HistoryCheck.Answered;
import dev.consentry.v1.App;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.Event;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.SuspendAppRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Eight callers grant, revoke, suspend and check through real gRPC, on a table so small that keys
 * are evicted all the time. Every answer is then judged: once against the server's own log, once
 * against what the callers saw acknowledged.
 */
final class HistoryTest {
  private static final int CALLERS = 8;
  private static final Duration RUN = Duration.ofSeconds(20);
  private static final Duration MUTANT_RUN = Duration.ofSeconds(4);
  private static final int TABLE_BYTES = 1 << 13;
  private static final List<String> ACCOUNTS = List.of("a", "b", "c", "d", "e");
  private static final List<String> APPS = List.of("x", "y", "z");
  private static final String REQUIRED = "read";
  private static final String OPTIONAL = "write";

  @Test
  void checks_amongWrites_tellTheTruth() throws Exception {
    long seed = System.nanoTime();
    History history = record(TableState::new, seed, RUN);
    System.out.printf(
        "HistoryTest: seed %d, %d answers, %d writes%n",
        seed, history.answers.size() + history.batches.size(), history.writes.size());
    assertTrue(history.allowed() > 100 && history.answers.size() > 1_000, "it has seen too little");
    assertEquals(List.of(), history.violationsBy(history.log), "by the server's log");
    assertEquals(List.of(), history.violationsBy(history.writes.values()), "by what was acknowledged");
  }

  @Test
  void checks_followerSkipsAChange_found() throws Exception {
    StateMaker mutant =
        (start, shares, freshness, keys, loads) ->
            new TableState(start, shares, freshness, keys, loads) {
              @Override
              void apply(Change change) {
                if (change.revision() % 20 != 0) {
                  super.apply(change);
                }
              }
            };
    History history = record(mutant, 1, MUTANT_RUN);
    assertFalse(history.violationsBy(history.log).isEmpty(), "the mutant was not found");
  }

  private static History record(StateMaker maker, long seed, Duration time) throws Exception {
    var history = new History();
    try (var server = new RealServer(maker, source -> source, TABLE_BYTES)) {
      APPS.forEach(app -> server.putApp(app, REQUIRED, OPTIONAL));
      var random = new SplittableRandom(seed);
      long end = System.nanoTime() + time.toNanos();
      try (var threads = Executors.newFixedThreadPool(CALLERS)) {
        var callers = new ArrayList<Future<Caller>>();
        for (int i = 0; i < CALLERS; i++) {
          var caller = new Caller(server, random.split());
          callers.add(threads.submit(() -> caller.run(end)));
        }
        for (Future<Caller> caller : callers) {
          history.add(caller.get());
        }
      }
      history.log.addAll(log(server));
      history.log.stream()
          .limit(APPS.size())
          .forEach(change -> history.writes.put(change.revision(), change));
    }
    return history;
  }

  private static List<Change> log(RealServer server) {
    var stub = HistoryServiceGrpc.newBlockingStub(server.channel());
    var log = new ArrayList<Change>();
    String page = "";
    do {
      var reply =
          stub.listEvents(
              ListEventsRequest.newBuilder()
                  .setOldestFirst(true)
                  .setPageSize(1_000)
                  .setPageToken(page)
                  .build());
      reply.getEventsList().forEach(event -> log.add(change(event)));
      page = reply.getNextPageToken();
    } while (!page.isEmpty());
    return log;
  }

  private static Change change(Event event) {
    long revision = number(event.getRevision());
    return switch (event.getChangeCase()) {
      case GRANT -> change(event.getGrant().getAfter());
      case APP ->
          switch (event.getType()) {
            case TYPE_APP_SUSPENDED, TYPE_APP_RESUMED -> change(event.getApp().getAfter());
            default -> new NoDecisionChange(revision);
          };
      case CHANGE_NOT_SET -> throw new AssertionError(event);
    };
  }

  private static Change change(Grant grant) {
    var scopes = ScopeSet.of(grant.getScopesList().stream().map(Scope::new).toList());
    var terms =
        new Terms(
            grant.getState() == Grant.State.STATE_REVOKED ? GrantState.REVOKED : GrantState.ACTIVE,
            scopes,
            grant.hasExpireTime() ? micros(grant.getExpireTime()) : Terms.NEVER);
    return new GrantChange(
        number(grant.getRevision()),
        key(grant.getAccountId(), grant.getAppId()),
        new Standing(false, terms));
  }

  private static Change change(App app) {
    return new AppChange(
        number(app.getRevision()),
        new AppId(app.getAppId()),
        app.getState() == App.State.STATE_SUSPENDED);
  }

  private static GrantKey key(String account, String app) {
    return new GrantKey(new AccountId(account), new AppId(app));
  }

  private static long number(String token) {
    return Revision.parse(token).number();
  }

  private static long micros(Timestamp timestamp) {
    return timestamp.getSeconds() * 1_000_000 + timestamp.getNanos() / 1_000;
  }

  private static long micros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  /** All that was seen. */
  private static final class History {
    final List<Change> log = new ArrayList<>();
    final Map<Long, Change> writes = new TreeMap<>();
    final List<Acknowledged> acknowledged = new ArrayList<>();
    final List<Answered> answers = new ArrayList<>();
    final List<List<Answered>> batches = new ArrayList<>();

    void add(Caller caller) {
      writes.putAll(caller.writes);
      acknowledged.addAll(caller.acknowledged);
      answers.addAll(caller.answers);
      batches.addAll(caller.batches);
    }

    List<String> violationsBy(Collection<Change> changes) {
      var check = new HistoryCheck(List.copyOf(changes), acknowledged);
      answers.forEach(check::judge);
      batches.forEach(check::judgeBatch);
      return check.violations().stream().limit(5).toList();
    }

    long allowed() {
      return answers.stream().filter(a -> a.decision() instanceof Decision.Allow).count();
    }
  }

  /** Does one thing after the other, and writes down what it saw. */
  private static final class Caller {
    private final SplittableRandom random;
    private final DecisionServiceGrpc.DecisionServiceBlockingStub decisions;
    private final GrantServiceGrpc.GrantServiceBlockingStub grants;
    private final AppServiceGrpc.AppServiceBlockingStub apps;
    private final Map<Long, Change> writes = new TreeMap<>();
    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private final List<Answered> answers = new ArrayList<>();
    private final List<List<Answered>> batches = new ArrayList<>();
    private String token = "";

    Caller(RealServer server, SplittableRandom random) {
      this.random = random;
      this.decisions = DecisionServiceGrpc.newBlockingStub(server.channel());
      this.grants = GrantServiceGrpc.newBlockingStub(server.channel());
      this.apps = AppServiceGrpc.newBlockingStub(server.channel());
    }

    Caller run(long endNanos) {
      while (System.nanoTime() < endNanos) {
        switch (random.nextInt(20)) {
          case 0, 1 -> attempt(this::grant);
          case 2, 3 -> attempt(this::revoke);
          case 4 -> attempt(this::suspendOrResume);
          case 5, 6 -> batch();
          default -> check();
        }
      }
      return this;
    }

    /** A refusal by state is fine here: others grant and suspend at the same time. */
    private static void attempt(Runnable write) {
      try {
        write.run();
      } catch (StatusRuntimeException e) {
        if (e.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
          throw e;
        }
      }
    }

    private void grant() {
      var request =
          GrantRequest.newBuilder()
              .setAccountId(pick(ACCOUNTS))
              .setAppId(pick(APPS))
              .setManifestVersion(1)
              .setReplace(true);
      if (random.nextBoolean()) {
        request.addOptionalScopes(OPTIONAL);
      }
      if (random.nextInt(4) == 0) {
        request.setExpireTime(soon());
      }
      var reply = grants.grant(request.build());
      seen(reply.getRevision());
      saw(change(reply.getGrant()));
    }

    private Timestamp soon() {
      long soon = micros() + 1_000_000 + random.nextInt(1_000_000);
      return Timestamp.newBuilder()
          .setSeconds(soon / 1_000_000)
          .setNanos((int) (soon % 1_000_000) * 1_000)
          .build();
    }

    private void revoke() {
      var reply =
          grants.revoke(
              RevokeRequest.newBuilder()
                  .setAccountId(pick(ACCOUNTS))
                  .setAppId(pick(APPS))
                  .setAllowMissing(true)
                  .build());
      seen(reply.getRevision());
      if (reply.hasGrant()) {
        saw(change(reply.getGrant()));
      }
    }

    private void suspendOrResume() {
      String app = pick(APPS);
      boolean suspend = random.nextInt(3) == 0;
      String revision;
      App after;
      if (suspend) {
        var reply = apps.suspendApp(SuspendAppRequest.newBuilder().setAppId(app).build());
        revision = reply.getRevision();
        after = reply.getApp();
      } else {
        var reply = apps.resumeApp(ResumeAppRequest.newBuilder().setAppId(app).build());
        revision = reply.getRevision();
        after = reply.getApp();
      }
      seen(revision);
      if (number(after.getRevision()) > APPS.size()) {
        saw(change(after));
      }
    }

    private void check() {
      var request = CheckRequest.newBuilder().setAccountId(pick(ACCOUNTS)).setAppId(pick(APPS));
      request.addScopes(REQUIRED);
      if (random.nextBoolean()) {
        request.addScopes(OPTIONAL);
      }
      long floor = 0;
      switch (random.nextInt(4)) {
        case 0 -> request.setConsistency(Consistency.newBuilder().setFullyConsistent(true));
        case 1 -> {
          if (!token.isEmpty()) {
            request.setConsistency(Consistency.newBuilder().setAtLeastAsFresh(token));
            floor = number(token);
          }
        }
        default -> {}
      }
      long began = System.nanoTime();
      long sent = micros();
      CheckResponse reply = decisions.check(request.build());
      answers.add(
          answered(
              began,
              sent,
              floor,
              request.getAccountId(),
              request.getAppId(),
              request.getScopesList(),
              reply));
    }

    private void batch() {
      var request = BatchCheckRequest.newBuilder();
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        request.addItems(
            BatchCheckItem.newBuilder()
                .setAccountId(pick(ACCOUNTS))
                .setAppId(pick(APPS))
                .addScopes(REQUIRED));
      }
      long began = System.nanoTime();
      long sent = micros();
      var reply = decisions.batchCheck(request.build());
      var batch = new ArrayList<Answered>();
      for (int i = 0; i < request.getItemsCount(); i++) {
        BatchCheckItem item = request.getItems(i);
        batch.add(
            answered(
                began,
                sent,
                0,
                item.getAccountId(),
                item.getAppId(),
                item.getScopesList(),
                reply.getResults(i).getResponse()));
      }
      batches.add(batch);
    }

    private static Answered answered(
        long began,
        long sent,
        long floor,
        String account,
        String app,
        List<String> scopes,
        CheckResponse reply) {
      var question = new CheckQuestion(key(account, app), scopes.stream().map(Scope::new).toList());
      return new Answered(
          began, question, floor, decision(reply), number(reply.getRevision()), sent, micros());
    }

    private static Decision decision(CheckResponse reply) {
      return switch (reply.getDecision()) {
        case DECISION_ALLOW ->
            new Decision.Allow(
                reply.hasGrantExpireTime()
                    ? micros(reply.getGrantExpireTime())
                    : Terms.NEVER);
        case DECISION_DENY ->
            new Decision.Deny(
                DenyReason.valueOf(reply.getDenyReason().name().replace("DENY_REASON_", "")),
                reply.getMissingScopesList().stream().map(Scope::new).toList());
        case DECISION_UNSPECIFIED, UNRECOGNIZED -> throw new AssertionError(reply);
      };
    }

    /** Of a write that changed nothing too: it answers with what somebody else wrote. */
    private void saw(Change change) {
      writes.put(change.revision(), change);
    }

    private void seen(String revision) {
      acknowledged.add(new Acknowledged(System.nanoTime(), number(revision)));
      token = revision;
    }

    private String pick(List<String> names) {
      return names.get(random.nextInt(names.size()));
    }
  }
}
