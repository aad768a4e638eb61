package dev.consentry.server.bench;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.Standing;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The decision alone, on what a look-up has found. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionBenchmark {
  private final CheckQuestion granted =
      BenchGrants.questions(1, "orders.read", "profile.read").getFirst();
  private final CheckQuestion notGranted =
      BenchGrants.questions(1, "orders.read", "orders.write").getFirst();
  private final Standing standing = BenchGrants.standing();
  private final long nowMicros = 1_000_000;

  @Benchmark
  public Decision allow() {
    return Decision.decide(granted, standing, nowMicros);
  }

  @Benchmark
  public Decision denyOneScope() {
    return Decision.decide(notGranted, standing, nowMicros);
  }

  @Benchmark
  public Decision denyWithoutGrant() {
    return Decision.decide(granted, Standing.NONE, nowMicros);
  }
}
