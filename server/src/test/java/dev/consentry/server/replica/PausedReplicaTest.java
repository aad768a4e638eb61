package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.postgres.FaultProxy;
import dev.consentry.server.postgres.PostgresServer;
import dev.consentry.server.table.EvictableTable.Following;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc.DecisionServiceFutureStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A machine that stands still for longer than the bound, in the middle of a poll. */
final class PausedReplicaTest {
  private static final int ROUNDS = Replicas.rounds(2, 10);
  private static final Duration EACH_WAY = Duration.ofMillis(100);
  private static final Duration PAUSE = WholeServer.MAX_STALENESS.plusMillis(300);

  /** Shorter than the poll takes that would tell it of everything. */
  private static final Duration ASKED_FOR = Duration.ofMillis(150);

  @Test
  void check_afterAPauseInsideAPoll_neverTellsWhatHeldBefore() throws Exception {
    assertEquals(0, allowed(Following.PROTOCOL, ROUNDS));
  }

  @Test
  void check_onAMutantThatStampsAfterThePoll_isSeenToFail() throws Exception {
    assertTrue(allowed(Following.STAMPS_AFTER_THE_POLL, 3) > 0);
  }

  /** How many checks, begun after the pause, allowed what was revoked during it. */
  private static int allowed(Following following, int rounds) throws Exception {
    try (var replicas = Replicas.start(Replica.PROTOCOL);
        var proxy = new FaultProxy(PostgresServer.shared().port());
        var paused =
            ReplicaProcess.start(PostgresServer.through(proxy.port(), replicas.url), following)) {
      var channel =
          Grpc.newChannelBuilder("127.0.0.1:" + paused.port(), InsecureChannelCredentials.create())
              .build();
      try {
        var decisions = DecisionServiceGrpc.newFutureStub(channel);
        int allowed = 0;
        for (int round = 0; round < rounds && allowed == 0; round++) {
          allowed += round(replicas.get(0), proxy, paused, decisions, Replicas.key("a" + round));
        }
        return allowed;
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static int round(
      WholeServer writer,
      FaultProxy proxy,
      ReplicaProcess paused,
      DecisionServiceFutureStub decisions,
      GrantKey key)
      throws Exception {
    proxy.delay(Duration.ZERO);
    var granted = Consistency.newBuilder().setAtLeastAsFresh(writer.grant(key).getRevision());
    var request = WholeServer.checkOf(key).toBuilder().setConsistency(granted).build();
    assertTrue(isAllow(decisions.check(request)));
    proxy.delay(EACH_WAY);
    // Whatever was on its way without delay has arrived, and it is inside a poll again.
    Replicas.pause(EACH_WAY.multipliedBy(4));
    paused.signal("STOP");
    // The poll's reply waits for it by now.
    Replicas.pause(EACH_WAY.multipliedBy(4));
    writer.revoke(key);
    Replicas.pause(PAUSE);
    paused.signal("CONT");
    var asked = new ArrayList<ListenableFuture<CheckResponse>>();
    long end = System.nanoTime() + ASKED_FOR.toNanos();
    while (System.nanoTime() < end) {
      asked.add(decisions.check(WholeServer.checkOf(key)));
      Replicas.pause(Duration.ofMillis(1));
    }
    int allowed = 0;
    for (var each : asked) {
      allowed += isAllow(each) ? 1 : 0;
    }
    return allowed;
  }

  /** What cannot be answered is not allowed. */
  private static boolean isAllow(ListenableFuture<CheckResponse> answer) throws Exception {
    try {
      return answer.get(Replicas.PATIENCE.toSeconds(), TimeUnit.SECONDS).getDecision()
          == Decision.DECISION_ALLOW;
    } catch (ExecutionException e) {
      return false;
    }
  }
}
