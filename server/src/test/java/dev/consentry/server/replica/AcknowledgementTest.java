package dev.consentry.server.replica;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import dev.consentry.server.consent.ChangeLog;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.history.WholeServer;
import dev.consentry.server.history.WholeServer.Replica;
import dev.consentry.server.table.EvictableTable.Following;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** Whatever a server acknowledges, its own decisions rest on. */
final class AcknowledgementTest {
  private static final GrantKey KEY = Replicas.key("acme");

  /** Far longer than an acknowledgement takes, shorter than memory may be told. */
  private static final Duration A_WHILE = Duration.ofMillis(300);

  private final Semaphore polls = new Semaphore(0);
  private final AtomicBoolean held = new AtomicBoolean();

  @Test
  void revoke_alreadyRevokedElsewhere_isAcknowledgedWhenItIsKnownHere() throws Exception {
    assertAcknowledgedWhenKnown(Following.PROTOCOL, true, "");
  }

  @Test
  void revoke_theSameRequestAsElsewhere_isAcknowledgedWhenItIsKnownHere() throws Exception {
    assertAcknowledgedWhenKnown(Following.PROTOCOL, false, UUID.randomUUID().toString());
  }

  @Test
  void revoke_onAMutantThatAcknowledgesAtOnce_isSeenToFail() {
    assertThrows(
        AssertionFailedError.class,
        () -> assertAcknowledgedWhenKnown(Following.ACKNOWLEDGES_AT_ONCE, true, ""));
    assertThrows(
        AssertionFailedError.class,
        () ->
            assertAcknowledgedWhenKnown(
                Following.ACKNOWLEDGES_AT_ONCE, false, UUID.randomUUID().toString()));
  }

  /** A revoke of this kind, on a server that lags behind one that has revoked already. */
  private void assertAcknowledgedWhenKnown(
      Following following, boolean allowMissing, String requestId) throws Exception {
    Replica lagging = Replica.PROTOCOL.with(following).withLog(this::holdable);
    try (var replicas = Replicas.start(Replica.PROTOCOL, lagging)) {
      WholeServer other = replicas.get(0);
      WholeServer here = replicas.get(1);
      String granted = other.grant(KEY).getRevision();
      assertTrue(here.allows(KEY, granted));
      held.set(true);
      Replicas.until(polls::hasQueuedThreads, "the log is held");
      try {
        var request =
            RevokeRequest.newBuilder()
                .setAccountId(KEY.account().value())
                .setAppId(KEY.app().value())
                .setAllowMissing(allowMissing)
                .setRequestId(requestId)
                .build();
        other.grants().revoke(request);
        ListenableFuture<RevokeResponse> acknowledged = here.grantsLater().revoke(request);
        assertThrows(
            java.util.concurrent.TimeoutException.class,
            () -> acknowledged.get(A_WHILE.toMillis(), TimeUnit.MILLISECONDS));
        assertTrue(here.allows(KEY), "it lags no longer, and proves nothing");
        held.set(false);
        polls.release();
        acknowledged.get(Replicas.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertFalse(here.allows(KEY));
      } finally {
        held.set(false);
        polls.release();
      }
    }
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
}
