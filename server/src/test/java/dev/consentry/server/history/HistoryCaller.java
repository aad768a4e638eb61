package dev.consentry.server.history;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.history.HistoryCheck.Acknowledged;
import dev.consentry.server.history.HistoryCheck.Asked;
import dev.consentry.server.history.HistoryCheck.Instants;
import dev.consentry.server.history.HistoryCheck.Item;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.SuspendAppRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** One thread that writes and asks at random, with an app that it alone suspends. */
final class HistoryCaller {
  static final int ACCOUNTS = 6;

  private static final int BATCH = 5;

  private final List<WholeServer> servers;
  private final int callers;
  private final AtomicReference<String> latestToken;
  private final AppId app;
  private final SplittableRandom random;
  final List<Asked> answers = new ArrayList<>();
  final List<Acknowledged> writes = new ArrayList<>();
  final List<Change> told = new ArrayList<>();
  private int replica;
  private WholeServer server;
  private boolean suspended;

  /**
   * @param latestToken of a write that was acknowledged to any of the callers
   */
  HistoryCaller(
      List<WholeServer> servers,
      int number,
      int callers,
      AtomicReference<String> latestToken,
      long seed) {
    this.servers = servers;
    this.callers = callers;
    this.latestToken = latestToken;
    this.app = new AppId("app-" + number);
    this.random = new SplittableRandom(seed * callers + number);
    this.server = servers.getFirst();
  }

  void registerApp() {
    String revision = server.putApp(app);
    acknowledged(revision);
    told.add(new NoDecisionChange(WholeServer.numberOf(revision)));
  }

  void run(long end) {
    while (System.nanoTime() < end) {
      replica = random.nextInt(servers.size());
      server = servers.get(replica);
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

  private String name() {
    return "replica " + replica;
  }

  private GrantKey anyKey() {
    return WholeServer.key("account-" + random.nextInt(ACCOUNTS), "app-" + random.nextInt(callers));
  }

  private void grant() {
    var response = server.grant(anyKey());
    acknowledged(response.getRevision());
    told.add(
        RecordedHistory.grantChange(
            WholeServer.numberOf(response.getRevision()), response.getGrant()));
  }

  private void revoke() {
    var response = server.revoke(anyKey());
    acknowledged(response.getRevision());
    told.add(
        RecordedHistory.grantChange(
            WholeServer.numberOf(response.getRevision()), response.getGrant()));
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
    latestToken.set(revision);
    writes.add(new Acknowledged(name(), WholeServer.numberOf(revision), System.nanoTime()));
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
    return choice < 4
        ? Consistency.newBuilder().setAtLeastAsFresh(requireNonNull(latestToken.get())).build()
        : Consistency.getDefaultInstance();
  }

  private void record(Instants began, Consistency consistency, List<Item> items) {
    long token =
        consistency.hasAtLeastAsFresh() ? WholeServer.numberOf(consistency.getAtLeastAsFresh()) : 0;
    answers.add(new Asked(name(), began, now(), token, consistency.getFullyConsistent(), items));
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
