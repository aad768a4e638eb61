package dev.consentry.server.bench;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.ForwardClock;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.store.ConsentStore;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.Freshness;
import dev.consentry.server.table.GrantTable;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells how much heap an entry of the table takes: the table asks a filled store ({@link
 * StoreFiller}) about every account, the store is closed, and then the table is let go of.
 *
 * <p>Arguments: the store's directory, and how many grants it has. Whatever follows is ignored,
 * because the launcher adds its own main class.
 */
final class TableHeap {
  private static final int BATCH = 1_000;
  private static final int COLLECTIONS = 3;
  private static final long TABLE_BYTES = 1L << 40;
  private static final Duration MAX_STALENESS = Duration.ofSeconds(2);

  private TableHeap() {}

  public static void main(String[] arguments) {
    int grants = Integer.parseInt(arguments[1]);
    GrantTable table = filled(Path.of(arguments[0]), grants);
    long with = liveBytesBeside(table);
    table = null;
    long without = liveBytes();
    System.out.printf(
        "{\"entries\": %d, \"bytes_per_entry\": %.1f}%n",
        grants, (double) (with - without) / grants);
  }

  private static GrantTable filled(Path directory, int grants) {
    try (var store = ConsentStore.openDirectory(directory)) {
      var clock = new ForwardClock(Instant::now);
      var freshness = new Freshness(System::nanoTime, clock, MAX_STALENESS);
      var table = GrantTable.embedded(store.source(), freshness, TABLE_BYTES, 42, Runnable::run);
      for (int first = 0; first < grants; first += BATCH) {
        ask(table, first, Math.min(grants, first + BATCH));
      }
      long loads = table.loads();
      ask(table, 0, BATCH);
      if (table.loads() != loads) {
        throw new IllegalStateException("the table did not keep what it was asked");
      }
      return table;
    }
  }

  private static void ask(GrantTable table, int from, int to) {
    var questions = new ArrayList<CheckQuestion>(to - from);
    for (int account = from; account < to; account++) {
      questions.add(question(account));
    }
    for (var answer : table.answerAll(questions, Consistency.MINIMIZE_LATENCY).join()) {
      if (!(answer.decision() instanceof Decision.Allow)) {
        throw new IllegalStateException("not granted, of accounts %d on".formatted(from));
      }
    }
  }

  /** Strings of its own, as one that comes in a message has. */
  private static CheckQuestion question(int account) {
    var key =
        new GrantKey(
            new AccountId("acct-%07d".formatted(account)),
            new AppId("app-%02d".formatted(account % StoreFiller.APPS)));
    return new CheckQuestion(key, List.of(new Scope("orders.read"), new Scope("profile.read")));
  }

  private static long liveBytesBeside(Object held) {
    try {
      return liveBytes();
    } finally {
      Reference.reachabilityFence(held);
    }
  }

  private static long liveBytes() {
    var memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < COLLECTIONS; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
