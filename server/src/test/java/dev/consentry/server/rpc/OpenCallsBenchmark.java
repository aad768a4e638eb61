package dev.consentry.server.rpc;

import dev.consentry.server.metrics.Counters;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What a call costs from its begin to its end, with nothing beside it, and with {@link OpenCalls}
 * before it: the difference is what the limits cost a check, which takes about 6 µs in all.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OpenCallsBenchmark {
  private static final byte[] MESSAGE = new byte[40];
  private static final ServerCallHandler<byte[], byte[]> HANDLER =
      new AtOnce(
          new Doorkeeper(null, InstantSource.system(), Runnable::run, new Faults(new Counters())),
          (_, request) -> request,
          (_, _) -> new ServerCall.Listener<>() {},
          _ -> bug());

  private final OpenCalls calls = OpenCalls.start(new Counters());
  private final Metadata headers = new Metadata();

  private static StatusRuntimeException bug() {
    return Status.INTERNAL.asRuntimeException();
  }

  /** The handler alone. */
  @Benchmark
  public ServerCall.Listener<byte[]> without() {
    return answered(HANDLER.startCall(new QuietCall(Attributes.EMPTY), headers));
  }

  /** The same, counted and watched. */
  @Benchmark
  public ServerCall.Listener<byte[]> with() {
    return answered(calls.interceptCall(new QuietCall(Attributes.EMPTY), headers, HANDLER));
  }

  private static ServerCall.Listener<byte[]> answered(ServerCall.Listener<byte[]> call) {
    call.onMessage(MESSAGE);
    call.onHalfClose();
    call.onComplete();
    return call;
  }
}
