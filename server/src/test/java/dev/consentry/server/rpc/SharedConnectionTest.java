package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Binding;
import dev.consentry.server.security.Role;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A proxy in front of the server has one connection for many callers: none of them is ever taken
 * for another.
 */
final class SharedConnectionTest {
  private static final int CALLERS = 20;
  private static final int THREADS = 8;
  private static final int CALLS_PER_THREAD = 1_000;

  private static final MethodDescriptor<byte[], byte[]> WHO =
      MethodDescriptor.newBuilder(
              ByteMessages.of(dev.consentry.v1.DecisionServiceGrpc.getCheckMethod())
                  .getRequestMarshaller(),
              ByteMessages.of(dev.consentry.v1.DecisionServiceGrpc.getCheckMethod())
                  .getResponseMarshaller())
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("test.Who/Calls")
          .build();

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_128})
  void call_manyCallersOnOneConnection_isEachOnesOwn(long seed) throws Exception {
    assertEquals(0, mistaken(seed, Connection::new));
  }

  /** Remembers who called last, and not what that one has shown. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 1)
  void call_onAMutantThatRemembersTheConnectionAlone_isSeenToMistake(long seed) throws Exception {
    assertTrue(
        mistaken(
                seed,
                certificate ->
                    new Connection(certificate) {
                      @Override
                      boolean isSame(byte @Nullable [] one, byte @Nullable [] other) {
                        return true;
                      }
                    })
            > 0);
  }

  private static int mistaken(long seed, Function<@Nullable X509Certificate, Connection> connection)
      throws Exception {
    var callers = new ListedCallers();
    for (int i = 0; i < CALLERS; i++) {
      callers.with("caller-" + i, Binding.everywhere(Role.DECIDER));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var doorkeeper =
          new Doorkeeper(
              callers, InstantSource.system(), threads, new Faults(new Counters()), connection);
      var who =
          ServerServiceDefinition.builder("test.Who")
              .addMethod(
                  WHO,
                  ServerCalls.asyncUnaryCall((_, reply) -> {
                    String name = Doorkeeper.caller().actor().principal();
                    reply.onNext(name.getBytes(StandardCharsets.UTF_8));
                    reply.onCompleted();
                  }))
              .build();
      String name = InProcessServerBuilder.generateName();
      var server =
          InProcessServerBuilder.forName(name)
              .directExecutor()
              .addTransportFilter(doorkeeper.connections())
              .addService(ServerInterceptors.intercept(who, doorkeeper))
              .build()
              .start();
      var channel = InProcessChannelBuilder.forName(name).directExecutor().build();
      try {
        Function<Integer, Callable<Integer>> asking =
            thread ->
                () -> {
                  var random = new SplittableRandom(seed + thread);
                  int mistaken = 0;
                  for (int i = 0; i < CALLS_PER_THREAD; i++) {
                    String token = "caller-" + random.nextInt(CALLERS);
                    byte[] answer =
                        ClientCalls.blockingUnaryCall(
                            channel,
                            WHO,
                            CallOptions.DEFAULT.withCallCredentials(ListedCallers.token(token)),
                            new byte[0]);
                    boolean own =
                        new String(answer, StandardCharsets.UTF_8).equals("token:" + token);
                    mistaken += own ? 0 : 1;
                  }
                  return mistaken;
                };
        int mistaken = 0;
        for (var asked :
            threads.invokeAll(IntStream.range(0, THREADS).boxed().map(asking).toList())) {
          mistaken += asked.get();
        }
        return mistaken;
      } finally {
        channel.shutdownNow();
        server.shutdownNow();
      }
    }
  }
}
