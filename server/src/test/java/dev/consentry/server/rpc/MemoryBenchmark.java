package dev.consentry.server.rpc;

import dev.consentry.server.bench.BenchGrants;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.log.LineSink;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.GrantTable;
import dev.consentry.server.table.Truth;
import dev.consentry.v1.CheckRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a check costs in process, in bytes, clocks included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MemoryBenchmark {
  private static final int ACCOUNTS = 1_024;
  private static final long ANY_TIME = 0;

  private final byte[][] requests = new byte[ACCOUNTS][];
  private final QuestionBytes[] read = new QuestionBytes[ACCOUNTS];
  private final QuestionBytes question = new QuestionBytes();
  private final GrantTable table;
  private final MemoryAnswers memory;
  private final MemoryAnswers logged;
  private int next;

  /** Fills the table. */
  public MemoryBenchmark() {
    List<CheckQuestion> questions = BenchGrants.questions(ACCOUNTS, "orders.read", "profile.read");
    table = BenchGrants.tableFor(questions);
    memory = new MemoryAnswers(table, new Counters(), DecisionLog.OFF);
    logged = new MemoryAnswers(table, new Counters(), QueuedDecisionLog.start(new Nowhere(), 1));
    for (int i = 0; i < ACCOUNTS; i++) {
      requests[i] = bytes(questions.get(i));
      read[i] = new QuestionBytes();
      read[i].read(requests[i], 0, requests[i].length);
    }
  }

  private static byte[] bytes(CheckQuestion question) {
    var request =
        CheckRequest.newBuilder()
            .setAccountId(question.key().account().value())
            .setAppId(question.key().app().value());
    question.scopes().forEach(scope -> request.addScopes(scope.value()));
    return request.build().toByteArray();
  }

  /** The decision and the look-up. */
  @Benchmark
  public boolean lookUpAndDecide() {
    return decided(read[next++ & ACCOUNTS - 1]);
  }

  /** The same, and the request read. */
  @Benchmark
  public boolean readLookUpAndDecide() {
    byte[] request = requests[next++ & ACCOUNTS - 1];
    return question.read(request, 0, request.length) && decided(question);
  }

  /** All that a check does besides the transport. */
  @Benchmark
  public byte @Nullable [] requestToReply() {
    return memory.check(Caller.LOCAL, requests[next++ & ACCOUNTS - 1]);
  }

  /** The same with a decision log of every answer; most of them find its queue full. */
  @Benchmark
  public byte @Nullable [] requestToReplyLogged() {
    return logged.check(Caller.LOCAL, requests[next++ & ACCOUNTS - 1]);
  }

  /** Takes lines as fast as they come. */
  private static final class Nowhere implements LineSink {
    @Override
    public void write(byte[] lines) {}

    @Override
    public void tend() {}

    @Override
    public void close() {}
  }

  private boolean decided(QuestionBytes asked) {
    Truth truth = table.known(asked.key());
    return truth != null && asked.decide(truth.standing(), ANY_TIME) && asked.denied() == null;
  }
}
