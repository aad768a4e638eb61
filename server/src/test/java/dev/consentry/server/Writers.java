package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantServiceGrpc.GrantServiceBlockingStub;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.ListGrantsResponse;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that grant and revoke until the server is gone, and remember what it acknowledged. */
final class Writers {
  private static final String APP = "kill-test";
  private static final int WRITERS = 4;
  private static final int PAGE_MAX = 1_000;

  /** What was acknowledged last, by account. Accounts with an unanswered call are not in here. */
  private final Map<String, Grant.State> acknowledged = new ConcurrentHashMap<>();

  private final AtomicLong latestRevision = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong accounts = new AtomicLong();
  private volatile CountDownLatch begun = new CountDownLatch(1);
  private List<Thread> threads = List.of();

  static void register(ServerProcess server) throws Exception {
    server
        .apps()
        .putApp(
            PutAppRequest.newBuilder()
                .setApp(
                    App.newBuilder()
                        .setAppId(APP)
                        .setDisplayName("Kill Test")
                        .addRequiredScopes(AppScope.newBuilder().setName("read")))
                .build());
  }

  /** Starts writing, and returns once there is a first acknowledgement. */
  void start(ServerProcess server) throws Exception {
    begun = new CountDownLatch(1);
    var started = new ArrayList<Thread>();
    for (int i = 0; i < WRITERS; i++) {
      GrantServiceBlockingStub grants = server.grants();
      started.add(Thread.ofPlatform().start(() -> write(grants)));
    }
    threads = started;
    assertTrue(begun.await(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  /** Waits until each has found the server gone. */
  void join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** How many writes were acknowledged so far. */
  long writes() {
    return writes.get();
  }

  private void write(GrantServiceBlockingStub grants) {
    String account = "";
    try {
      for (int i = 0; ; i++) {
        if (i % 3 < 2) {
          account = "account-" + accounts.incrementAndGet();
          grant(grants, account);
        } else {
          // The one granted last is taken back: until that is answered, nobody can tell.
          acknowledged.remove(account);
          revoke(grants, account);
        }
      }
    } catch (StatusRuntimeException e) {
      // The server is gone, and with it this writer.
    }
  }

  private void grant(GrantServiceBlockingStub grants, String account) {
    var reply =
        grants
            .withDeadlineAfter(10, TimeUnit.SECONDS)
            .grant(
                GrantRequest.newBuilder()
                    .setAccountId(account)
                    .setAppId(APP)
                    .setManifestVersion(1)
                    .setReason("round after round")
                    .build());
    acknowledge(account, Grant.State.STATE_ACTIVE, reply.getRevision());
  }

  private void revoke(GrantServiceBlockingStub grants, String account) {
    var reply =
        grants
            .withDeadlineAfter(10, TimeUnit.SECONDS)
            .revoke(RevokeRequest.newBuilder().setAccountId(account).setAppId(APP).build());
    acknowledge(account, Grant.State.STATE_REVOKED, reply.getRevision());
  }

  private void acknowledge(String account, Grant.State state, String revision) {
    acknowledged.put(account, state);
    latestRevision.accumulateAndGet(number(revision), Math::max);
    writes.incrementAndGet();
    begun.countDown();
  }

  /** Nothing that was acknowledged is lost, and revisions have not gone back. */
  void assertNothingLost(ServerProcess server) throws Exception {
    var found = new HashMap<String, Grant.State>();
    var request =
        ListGrantsRequest.newBuilder()
            .setAppId(APP)
            .addStates(Grant.State.STATE_ACTIVE)
            .addStates(Grant.State.STATE_REVOKED)
            .setPageSize(PAGE_MAX);
    ListGrantsResponse page;
    do {
      page = server.grants().listGrants(request.build());
      page.getGrantsList().forEach(grant -> found.put(grant.getAccountId(), grant.getState()));
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    acknowledged.forEach((account, state) -> {
      assertNotNull(found.get(account), "lost: " + account);
      assertEquals(state, found.get(account), account);
    });
    long revision = number(page.getRevision());
    assertTrue(
        revision >= latestRevision.get(),
        () -> "revision went back from %d to %d".formatted(latestRevision.get(), revision));
    latestRevision.set(revision);
  }

  /** The number at the end of a token. */
  private static long number(String token) {
    return Long.parseLong(token.substring(token.lastIndexOf('-') + 1));
  }
}
