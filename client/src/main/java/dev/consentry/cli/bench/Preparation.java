package dev.consentry.cli.bench;

import dev.consentry.client.CheckResult;
import dev.consentry.client.ConsentryClient;
import dev.consentry.client.Freshness;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.GrantRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/** Writes the {@link BenchWorld} to a server: what is there already stays as it is. */
public final class Preparation {
  /** Pairs that are looked at, then granted, in one step. */
  private static final int STEP = Settings.BATCH_SIZE_MAX;

  /** Grants written at a time: the server puts those that wait into one transaction. */
  private static final int WRITERS = 64;

  private static final String REASON = "consentry bench --prepare";

  private final ConsentryClient client;
  private final Asked.Drawn drawn;

  public Preparation(ConsentryClient client, Asked.Drawn drawn) {
    this.client = client;
    this.drawn = drawn;
  }

  /**
   * Registers the apps, and grants what is not granted yet.
   *
   * @param progress is told after each step how many pairs are done
   * @return how many grants were written
   */
  public int run(IntConsumer progress) throws InterruptedException {
    List<Integer> versions = new ArrayList<>();
    for (int i = 0; i < drawn.apps(); i++) {
      versions.add(client.apps().put(BenchWorld.manifest(i)).getApp().getManifestVersion());
    }
    int written = 0;
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      for (int first = 0; first < drawn.pairs(); first += STEP) {
        int end = Math.min(first + STEP, drawn.pairs());
        written += step(first, end, versions, writers);
        progress.accept(end);
      }
    } finally {
      writers.shutdownNow();
    }
    return written;
  }

  private int step(int first, int end, List<Integer> versions, ExecutorService writers)
      throws InterruptedException {
    List<BatchCheckItem> items = new ArrayList<>();
    for (int pair = first; pair < end; pair++) {
      items.add(BenchWorld.item(drawn, pair));
    }
    List<CheckResult> results = client.batchCheck(items, Freshness.minimizeLatency());
    List<Future<?>> writes = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      if (!results.get(i).allowed()) {
        int app = BenchWorld.appOf(first + i, drawn.accounts(), drawn.apps());
        GrantRequest grant = grant(items.get(i), versions.get(app));
        writes.add(writers.submit(() -> client.grants().grant(grant)));
      }
    }
    for (Future<?> write : writes) {
      await(write);
    }
    return writes.size();
  }

  private static GrantRequest grant(BatchCheckItem item, int version) {
    return GrantRequest.newBuilder()
        .setAccountId(item.getAccountId())
        .setAppId(item.getAppId())
        .setManifestVersion(version)
        .setReplace(true)
        .setReason(REASON)
        .build();
  }

  private static void await(Future<?> write) throws InterruptedException {
    try {
      write.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
