package dev.consentry.server.bench;

import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc.DecisionServiceBlockingStub;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.GrantServiceGrpc.GrantServiceBlockingStub;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.RevokeRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes to one of two servers on one database, and asks the other. Does what each line of its
 * input says, and answers it with a line of JSON:
 *
 * <ul>
 *   <li>{@code grants SECONDS CLIENTS}: grants, as fast as they are acknowledged;
 *   <li>{@code revokes COUNT RATE}: so many grants and revokes in turn, at so many writes a second.
 *       What is told in milliseconds is the time from a revoke's acknowledgement by the one server
 *       to the first check that the other denies, without a token.
 * </ul>
 *
 * <p>Arguments: the two addresses. Whatever follows is ignored.
 */
final class ReplicaLoad {
  private static final String APP = "app-00";

  private final AtomicLong accounts = new AtomicLong();
  private final GrantServiceBlockingStub grants;
  private final DecisionServiceBlockingStub there;

  private ReplicaLoad(ManagedChannel writer, ManagedChannel reader) {
    grants = GrantServiceGrpc.newBlockingStub(writer);
    there = DecisionServiceGrpc.newBlockingStub(reader);
    var app =
        App.newBuilder()
            .setAppId(APP)
            .setDisplayName("measured")
            .addRequiredScopes(AppScope.newBuilder().setName("orders.read"))
            .addRequiredScopes(AppScope.newBuilder().setName("profile.read"));
    var _ =
        AppServiceGrpc.newBlockingStub(writer)
            .putApp(PutAppRequest.newBuilder().setApp(app).build());
  }

  public static void main(String[] arguments) throws Exception {
    var load = new ReplicaLoad(channel(arguments[0]), channel(arguments[1]));
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] command = line.split(" ", -1);
      int first = Integer.parseInt(command[1]);
      int second = Integer.parseInt(command[2]);
      System.out.println(
          switch (command[0]) {
            case "grants" -> load.grants(Duration.ofSeconds(first), second);
            case "revokes" -> load.revokes(first, second);
            default -> throw new IllegalArgumentException("no such load: " + command[0]);
          });
    }
  }

  private static ManagedChannel channel(String address) {
    return Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
  }

  private String grants(Duration time, int clients) throws Exception {
    long start = System.nanoTime();
    Callable<Long> client =
        () -> {
          long done = 0;
          while (System.nanoTime() - start < time.toNanos()) {
            grant(newAccount());
            done++;
          }
          return done;
        };
    long done = 0;
    try (var threads = Executors.newFixedThreadPool(clients)) {
      var running = new ArrayList<Callable<Long>>();
      for (int i = 0; i < clients; i++) {
        running.add(client);
      }
      for (Future<Long> each : threads.invokeAll(running)) {
        done += each.get();
      }
    }
    return "{\"calls\": %d, \"rate\": %.1f}".formatted(done, done / seconds(start));
  }

  private String revokes(int count, int rate) throws Exception {
    long start = System.nanoTime();
    long writeEvery = TimeUnit.SECONDS.toNanos(1) / rate;
    var lags = new ArrayList<Future<Long>>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        String account = newAccount();
        awaitUntil(start + 2L * i * writeEvery);
        lags.add(threads.submit(() -> lag(account, writeEvery)));
      }
    }
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      nanos[i] = lags.get(i).get();
    }
    Arrays.sort(nanos);
    return "{\"calls\": %d, \"rate\": %.1f, \"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f}"
        .formatted(
            count,
            2 * count / seconds(start),
            millis(nanos[count / 2]),
            millis(nanos[count * 99 / 100]),
            millis(nanos[count - 1]));
  }

  /** Grants, makes the other server know it, and revokes; the time until that denies. */
  private long lag(String account, long pause) {
    String granted = grant(account);
    check(account, Consistency.newBuilder().setAtLeastAsFresh(granted).build());
    LockSupport.parkNanos(pause);
    var _ =
        grants.revoke(
            RevokeRequest.newBuilder()
                .setAccountId(account)
                .setAppId(APP)
                .setRequestId(UUID.randomUUID().toString())
                .build());
    long acknowledged = System.nanoTime();
    while (check(account, Consistency.getDefaultInstance())) {
      Thread.onSpinWait();
    }
    return System.nanoTime() - acknowledged;
  }

  private String grant(String account) {
    return grants
        .grant(
            GrantRequest.newBuilder()
                .setAccountId(account)
                .setAppId(APP)
                .setManifestVersion(1)
                .setRequestId(UUID.randomUUID().toString())
                .build())
        .getRevision();
  }

  private boolean check(String account, Consistency consistency) {
    var request =
        CheckRequest.newBuilder()
            .setAccountId(account)
            .setAppId(APP)
            .addScopes("orders.read")
            .setConsistency(consistency);
    return there.check(request.build()).getDecision() == Decision.DECISION_ALLOW;
  }

  private String newAccount() {
    return "acct-%07d".formatted(accounts.incrementAndGet());
  }

  private static void awaitUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
