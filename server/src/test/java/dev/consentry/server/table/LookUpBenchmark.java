package dev.consentry.server.table;

import dev.consentry.server.bench.BenchGrants;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.GrantKey;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The look-up alone: a key is made of the ids, and found. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LookUpBenchmark {
  private static final int ACCOUNTS = 1_024;
  private static final long TABLE_BYTES = 256L << 20;

  private final GrantKey[] grants =
      BenchGrants.questions(ACCOUNTS, "orders.read").stream()
          .map(CheckQuestion::key)
          .toArray(GrantKey[]::new);
  private final TableKey.Maker keys = new TableKey.Maker(42);
  private final Shares shares = Shares.ofBytes(TABLE_BYTES);
  private int next;

  /** Fills the table. */
  public LookUpBenchmark() {
    for (GrantKey grant : grants) {
      var entry = new Entry(BenchGrants.standing(), 1);
      shares.shareOf(entry).put(keys.of(grant), entry);
    }
  }

  @Benchmark
  public @Nullable Object lookUp() {
    return shares.find(keys.of(grants[next++ & ACCOUNTS - 1]));
  }
}
