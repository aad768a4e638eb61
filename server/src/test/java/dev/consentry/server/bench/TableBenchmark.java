package dev.consentry.server.bench;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.GrantTable;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The look-up and the decision together: what a check costs in process, clocks included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TableBenchmark {
  private static final int ACCOUNTS = 1_024;

  private final CheckQuestion[] questions =
      MadeUpGrants.questions(ACCOUNTS, "orders.read", "profile.read").toArray(CheckQuestion[]::new);
  private final GrantTable table = MadeUpGrants.tableFor(List.of(questions));
  private int next;

  @Benchmark
  public @Nullable Answer lookUpAndDecide() {
    return table.answerNow(questions[next++ & ACCOUNTS - 1], Consistency.MINIMIZE_LATENCY);
  }
}
