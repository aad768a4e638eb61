package dev.consentry.server.replica;

import static dev.consentry.server.replica.Replicas.isAnswered;
import static dev.consentry.server.replica.Replicas.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.store.PostgresAddress;
import dev.consentry.server.store.PostgresMutants;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A primary that is lost, with its last changes: the standby has never seen them. */
final class FailoverTest {
  private static final GrantKey KEPT = key("kept");
  private static final GrantKey LOST_GRANT = key("lost-grant");
  private static final GrantKey LOST_REVOKE = key("lost-revoke");
  private static final int LOST = 5;

  @TempDir private Path directory;

  private final List<Poll> heard = new CopyOnWriteArrayList<>();
  private final Semaphore polls = new Semaphore(0);
  private final AtomicBoolean held = new AtomicBoolean();
  private final AtomicInteger made = new AtomicInteger();

  /** From where a server asked the log, and how far that was. */
  private record Poll(long after, Revision counter) {}

  @Test
  void failover_withoutTheLastChanges_isAnotherHistory() {
    failOver(
        url -> ConsentStore.openPostgres(new PostgresAddress(url, null), true),
        FailoverTest::assertAsTheStandbyHasIt);
  }

  @Test
  void failover_onAMutantWithoutTheTimeline_isSeenToGoOn() {
    failOver(PostgresMutants::withoutTimeline, mutant -> assertTrue(mutant.allows(LOST_GRANT)));
  }

  /*
   * One server finds the standby at once. The other looks only when other changes have the revisions of those that
   * were lost: there nothing but the epoch tells the histories apart.
   */
  private void failOver(Function<String, ConsentStore> store, Consumer<WholeServer> assertions) {
    try (var primary = PostgresServer.start(directory.resolve("primary"))) {
      String url = primary.newDatabase();
      try (var standby = primary.standby(directory.resolve("standby"))) {
        String both = url.replaceFirst("/test", ",127.0.0.1:" + standby.port() + "/test");
        try (var replicas = Replicas.startOn(both, Replica.PROTOCOL.withLog(this::listened))) {
          WholeServer late =
              replicas.add(store.apply(both), Replica.PROTOCOL.withLog(this::holdable));
          try {
            failOver(primary, standby, replicas.get(0), late);
            assertions.accept(late);
          } finally {
            letGo();
          }
        }
      }
    }
  }

  private void failOver(
      PostgresServer primary, PostgresServer standby, WholeServer first, WholeServer late) {
    first.grant(KEPT);
    long kept = WholeServer.numberOf(first.grant(LOST_REVOKE).getRevision());
    standby.catchUp(primary);
    standby.stop();
    first.revoke(LOST_REVOKE);
    first.grant(LOST_GRANT);
    first.grant(key("lost-1"));
    first.grant(key("lost-2"));
    String lost = first.grant(key("lost-3")).getRevision();
    for (WholeServer server : List.of(first, late)) {
      Replicas.until(() -> at(server).number() == kept + LOST, "all is known");
      assertTrue(server.allows(KEPT) && server.allows(LOST_GRANT) && !server.allows(LOST_REVOKE));
    }
    held.set(true);
    Replicas.until(() -> polls.hasQueuedThreads(), "it is late");

    primary.kill();
    standby.restart();
    standby.promote();
    Epoch before = Revision.parse(lost).epoch();
    Duration toSee = Replicas.timeUntil(() -> isOfAnotherHistory(first, before), "it is seen");
    System.out.printf("the standby's history was seen after %d ms%n", toSee.toMillis());
    assertSeenByTheFirstPoll(before);
    awaitLoads(first);
    assertAsTheStandbyHasIt(first);
    assertReadsTheStore(first, lost);

    long written = 0;
    for (int i = 0; written <= WholeServer.numberOf(lost); i++) {
      String revision = first.grant(key("new-" + i)).getRevision();
      assertNotEquals(before, Revision.parse(revision).epoch());
      written = WholeServer.numberOf(revision);
    }
    letGo();
    Replicas.until(
        () -> isAnswered(() -> late.grant(key("back-" + made.incrementAndGet()))), "it is back");
    awaitLoads(late);
  }

  /** Its connections for loads leave the dead primary one by one. */
  private static void awaitLoads(WholeServer server) {
    for (GrantKey key : List.of(KEPT, LOST_GRANT, LOST_REVOKE)) {
      Replicas.until(() -> isAnswered(() -> server.allows(key)), "its loads reach the standby");
    }
  }

  /** A poll that could read the standby's log is all that it takes. */
  private void assertSeenByTheFirstPoll(Epoch before) {
    var other = heard.stream().filter(poll -> !poll.counter().epoch().equals(before)).findFirst();
    int place = heard.indexOf(other.orElseThrow());
    Replicas.until(() -> heard.size() > place + 1, "it polls on");
    assertEquals(other.get().counter().number(), heard.get(place + 1).after());
  }

  private static void assertAsTheStandbyHasIt(WholeServer server) {
    assertTrue(server.allows(KEPT));
    assertFalse(server.allows(LOST_GRANT), "granted in a history that is over");
    assertTrue(server.allows(LOST_REVOKE), "revoked in a history that is over");
  }

  /** To a token of the old history, memory says nothing, and the store is not behind. */
  private static void assertReadsTheStore(WholeServer server, String lost) {
    assertTrue(at(server).number() < WholeServer.numberOf(lost));
    var loads = new AtomicLong();
    Replicas.until(
        () -> {
          loads.set(server.table().table().loads());
          return isAnswered(() -> assertTrue(server.allows(KEPT, lost)));
        },
        "it is answered");
    assertEquals(loads.get() + 1, server.table().table().loads());
  }

  private static boolean isOfAnotherHistory(WholeServer server, Epoch epoch) {
    var other = new AtomicBoolean();
    return isAnswered(() -> other.set(!at(server).epoch().equals(epoch))) && other.get();
  }

  /** Where in which history a server's answers are. */
  private static Revision at(WholeServer server) {
    return Revision.parse(server.decisions().check(WholeServer.checkOf(KEPT)).getRevision());
  }

  private ChangeLog listened(ChangeLog log) {
    return (revision, max) -> {
      var passage = log.after(revision, max);
      heard.add(new Poll(revision, passage.counter()));
      return passage;
    };
  }

  /** A log whose reader waits while it is held. */
  private ChangeLog holdable(ChangeLog log) {
    return (revision, max) -> {
      while (held.get()) {
        polls.acquireUninterruptibly();
      }
      return log.after(revision, max);
    };
  }

  private void letGo() {
    held.set(false);
    polls.release();
  }
}
