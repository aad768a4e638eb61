package dev.consentry.server.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.consentry.server.bench.BenchGrants;
import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.v1.CheckRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From the bytes of a request to the question, and from the answer to the bytes of a reply. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
  private final byte[] request =
      CheckRequest.newBuilder()
          .setAccountId("acct-0000001")
          .setAppId("app-01")
          .addScopes("orders.read")
          .addScopes("profile.read")
          .build()
          .toByteArray();
  private final Answer allow = new Answer(new Decision.Allow(Terms.NEVER), BenchGrants.revision());
  private final Answer deny =
      new Answer(
          new Decision.Deny(
              DenyReason.SCOPE_NOT_GRANTED,
              List.of(new dev.consentry.server.decision.Scope("orders.write"))),
          BenchGrants.revision());

  @Benchmark
  public Object requestToQuestion() throws InvalidProtocolBufferException {
    CheckRequest message = CheckRequest.parseFrom(request);
    return Checks.question(Caller.LOCAL, message);
  }

  @Benchmark
  public byte[] allowToReply() {
    return Checks.response(allow).toByteArray();
  }

  @Benchmark
  public byte[] denyToReply() {
    return Checks.response(deny).toByteArray();
  }
}
