package dev.consentry.server.history;

import dev.consentry.server.consent.GrantChanges.AppChange;
import dev.consentry.server.consent.GrantChanges.Change;
import dev.consentry.server.consent.GrantChanges.GrantChange;
import dev.consentry.server.consent.GrantChanges.NoDecisionChange;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.history.HistoryCheck.Acknowledged;
import dev.consentry.server.history.HistoryCheck.Asked;
import dev.consentry.v1.Event;
import dev.consentry.v1.Grant;
import dev.consentry.v1.ListEventsRequest;
import dev.consentry.v1.ListEventsResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * What callers saw who wrote and asked at random, and what the log says. It is judged twice:
 * against the log, and against what they were told was written.
 *
 * @param log as the servers show it
 * @param told what callers were told, in order of revision
 */
public record RecordedHistory(
    List<Asked> answers, List<Acknowledged> writes, List<Change> log, List<Change> told) {

  /** Lets so many callers work for this long, each call on any of the servers. */
  public static RecordedHistory record(
      List<WholeServer> servers, int callers, Duration time, long seed) {
    var latestToken = new AtomicReference<>("");
    var all =
        IntStream.range(0, callers)
            .mapToObj(i -> new HistoryCaller(servers, i, callers, latestToken, seed))
            .toList();
    try (var threads = Executors.newFixedThreadPool(callers)) {
      all.forEach(HistoryCaller::registerApp);
      long end = System.nanoTime() + time.toNanos();
      List<Future<?>> running = new ArrayList<>();
      all.forEach(caller -> running.add(threads.submit(() -> caller.run(end))));
      for (Future<?> each : running) {
        each.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
    return new RecordedHistory(
        all.stream().flatMap(caller -> caller.answers.stream()).toList(),
        all.stream().flatMap(caller -> caller.writes.stream()).toList(),
        log(servers.getFirst()),
        all.stream()
            .flatMap(caller -> caller.told.stream())
            .sorted(Comparator.comparingLong(Change::revision))
            .toList());
  }

  /** What is wrong by the log, some lines of it. */
  public List<String> violationsOfTheLog() {
    return violationsOf(log);
  }

  /** What is wrong by what callers were told, some lines of it. */
  public List<String> violationsOfWhatWasTold() {
    return violationsOf(told);
  }

  /** How many grants were revoked. */
  public long revokes() {
    return log.stream()
        .filter(change -> change instanceof GrantChange grant && grant.revokes())
        .count();
  }

  private List<String> violationsOf(List<Change> history) {
    var found = new HistoryCheck(history, writes, WholeServer.MAX_STALENESS).violations(answers);
    return found.subList(0, Math.min(5, found.size()));
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

  static GrantChange grantChange(long revision, Grant grant) {
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
        new Standing(false, new Terms(state, scopes, Terms.NEVER)),
        0);
  }
}
