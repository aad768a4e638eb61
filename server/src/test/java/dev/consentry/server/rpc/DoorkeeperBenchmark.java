package dev.consentry.server.rpc;

import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Role;
import io.grpc.Attributes;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What it costs to know who calls, of a call that shows what the one before it showed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DoorkeeperBenchmark {
  /** As long as a small JWT with an ES256 signature. */
  private static final int JWT_CHARACTERS = 450;

  private final QuietCall call;
  private final Doorkeeper nobodyAsks;
  private final Doorkeeper asks;
  private final Metadata token = headers("t".repeat(47));
  private final Metadata jwt = headers("j".repeat(JWT_CHARACTERS));
  private final Metadata none = headers(null);

  /** Connects. */
  public DoorkeeperBenchmark() {
    var callers = new ListedCallers();
    for (String known : new String[] {"t".repeat(47), "j".repeat(JWT_CHARACTERS)}) {
      callers.with(known, Binding.everywhere(Role.DECIDER));
    }
    var faults = new Faults(new Counters());
    asks = new Doorkeeper(callers, InstantSource.system(), Runnable::run, faults);
    nobodyAsks = new Doorkeeper(null, InstantSource.system(), Runnable::run, faults);
    call = new QuietCall(asks.connections().transportReady(Attributes.EMPTY));
  }

  /** As a transport hands them over: names and values in bytes. */
  private static Metadata headers(@Nullable String token) {
    String[] usual = {
      "content-type", "application/grpc",
      "te", "trailers",
      "user-agent", "grpc-java-netty/1.85.1",
      "grpc-accept-encoding", "gzip",
      "authorization", "Bearer " + token
    };
    int count = token == null ? usual.length - 2 : usual.length;
    byte[][] bytes = new byte[count][];
    for (int i = 0; i < count; i++) {
      bytes[i] = usual[i].getBytes(StandardCharsets.US_ASCII);
    }
    return InternalMetadata.newMetadata(count / 2, bytes);
  }

  @Benchmark
  public Connection.@Nullable Known nobodyAsks() {
    return nobodyAsks.known(call, none);
  }

  @Benchmark
  public Connection.@Nullable Known preshared() {
    return asks.known(call, token);
  }

  @Benchmark
  public Connection.@Nullable Known jwt() {
    return asks.known(call, jwt);
  }
}
