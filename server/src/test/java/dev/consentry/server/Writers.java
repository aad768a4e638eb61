package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc.AppServiceBlockingStub;
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
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Clients that grant and revoke until a call fails, and remember what was acknowledged. */
public final class Writers {
  public static final String APP = "kill-test";

  private static final int RECENT = 16;
  private static final int PAGE_MAX = 1_000;

  /** What was acknowledged last, by account. Accounts with an unanswered call are not in here. */
  private final Map<String, Acknowledged> acknowledged = new ConcurrentHashMap<>();

  private final AtomicLong latestRevision = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong accounts = new AtomicLong();
  private volatile CountDownLatch begun = new CountDownLatch(1);
  private List<Thread> threads = List.of();

  /**
   * What a reply said.
   *
   * @param revision its token
   */
  public record Acknowledged(Grant.State state, String revision) {}

  public static void register(AppServiceBlockingStub apps) {
    apps.putApp(
        PutAppRequest.newBuilder()
            .setApp(
                App.newBuilder()
                    .setAppId(APP)
                    .setDisplayName("Kill Test")
                    .addRequiredScopes(AppScope.newBuilder().setName("read")))
            .build());
  }

  /** Starts one writer on each of these, and returns once there is a first acknowledgement. */
  public void start(List<GrantServiceBlockingStub> servers) throws InterruptedException {
    begun = new CountDownLatch(1);
    var started = new ArrayList<Thread>();
    for (GrantServiceBlockingStub grants : servers) {
      started.add(Thread.ofPlatform().start(() -> write(grants)));
    }
    threads = started;
    assertTrue(begun.await(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  /** Waits until a call of each has failed. */
  public void join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** How many writes were acknowledged so far. */
  public long writes() {
    return writes.get();
  }

  /** An account that was written to of late, or a little later will be. */
  public String recentAccount(RandomGenerator random) {
    return account(Math.max(1, accounts.get() - random.nextInt(RECENT)));
  }

  /** What was last acknowledged about an account; null if nothing was, or a call is under way. */
  public @Nullable Acknowledged acknowledged(String account) {
    return acknowledged.get(account);
  }

  private static String account(long number) {
    return "account-" + number;
  }

  private void write(GrantServiceBlockingStub grants) {
    String account = "";
    try {
      for (int i = 0; ; i++) {
        if (i % 3 < 2) {
          account = account(accounts.incrementAndGet());
          grant(grants, account);
        } else {
          // The one granted last is taken back: until that is answered, nobody can tell.
          acknowledged.remove(account);
          revoke(grants, account);
        }
      }
    } catch (StatusRuntimeException e) {
      // The server or its store is gone, and with it this writer.
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
    acknowledged.put(account, new Acknowledged(state, revision));
    latestRevision.accumulateAndGet(number(revision), Math::max);
    writes.incrementAndGet();
    begun.countDown();
  }

  /** Nothing that was acknowledged is lost, and revisions have not gone back. */
  public void assertNothingLost(GrantServiceBlockingStub grants) {
    var found = new HashMap<String, Grant.State>();
    var request =
        ListGrantsRequest.newBuilder()
            .setAppId(APP)
            .addStates(Grant.State.STATE_ACTIVE)
            .addStates(Grant.State.STATE_REVOKED)
            .setPageSize(PAGE_MAX);
    ListGrantsResponse page;
    do {
      page = grants.listGrants(request.build());
      page.getGrantsList().forEach(grant -> found.put(grant.getAccountId(), grant.getState()));
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    long revision = number(page.getRevision());
    var lost = new TreeMap<>(acknowledged);
    lost.entrySet().removeIf(entry -> entry.getValue().state() == found.get(entry.getKey()));
    assertTrue(
        lost.isEmpty() && revision >= latestRevision.get(),
        () ->
            "lost %s, found of %d in all; at %d, acknowledged was %d"
                .formatted(lost, found.size(), revision, latestRevision.get()));
    latestRevision.set(revision);
  }

  /** The number at the end of a token. */
  private static long number(String token) {
    return Long.parseLong(token.substring(token.lastIndexOf('-') + 1));
  }
}
