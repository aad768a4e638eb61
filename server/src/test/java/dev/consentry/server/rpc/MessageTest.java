package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertInvalid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.StreamCheckRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions are served as bytes: what a transport can do with those that stubs do not. */
final class MessageTest {
  private static final byte[] NO_MESSAGE = {0x0A, 0x7F};

  private final AtomicReference<Runnable> whileAsked = new AtomicReference<>(() -> {});
  private final TestServer server =
      TestServer.start(TestServer.Wrapping.ofTable(table -> new Interrupted(table, whileAsked)));

  @BeforeEach
  void grant() {
    server.putApp("x", List.of("read"), List.of());
    server.grant("acme", "x");
    server.check("acme", "x", "read");
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void check_noMessage_isInvalidAndSaysSo() {
    var method = ByteMessages.of(DecisionServiceGrpc.getCheckMethod());
    assertInvalid(List.of("(message)"), () -> call(method, NO_MESSAGE));
  }

  @Test
  void batchCheck_noMessage_isInvalidAndSaysSo() {
    var method = ByteMessages.of(DecisionServiceGrpc.getBatchCheckMethod());
    assertInvalid(List.of("(message)"), () -> call(method, NO_MESSAGE));
  }

  @Test
  void streamCheck_noMessage_endsTheStream() {
    var method = ByteMessages.of(DecisionServiceGrpc.getStreamCheckMethod());
    Status end = send(server, method, NO_MESSAGE);
    assertEquals(Status.Code.INVALID_ARGUMENT, end.getCode());
  }

  @Test
  void check_compressedRequest_isAnswered() {
    CheckResponse response =
        server.decisions().withCompression("gzip").check(TestServer.checkOf("acme", "x", "read"));
    assertEquals(Decision.DECISION_ALLOW, response.getDecision());
  }

  @Test
  void check_compressedRequestOverHttp2_isAnswered() {
    try (var http2 = TestServer.startOverHttp2()) {
      http2.putApp("x", List.of("read"), List.of());
      http2.grant("acme", "x");
      for (int i = 0; i < 2; i++) {
        CheckResponse response =
            http2
                .decisions()
                .withCompression("gzip")
                .check(TestServer.checkOf("acme", "x", "read"));
        assertEquals(Decision.DECISION_ALLOW, response.getDecision());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 4})
  void check_notOneMessage_endsAsAnyUnaryCallDoes(int messages) {
    var sent = new byte[messages][];
    Arrays.fill(sent, TestServer.checkOf("acme", "x", "read").toByteArray());
    try (var http2 = TestServer.startOverHttp2()) {
      Status end = send(http2, asStream(DecisionServiceGrpc.getCheckMethod()), sent);
      // A method that grpc-java's own stubs serve.
      Status right = send(http2, asStream(GrantServiceGrpc.getGetGrantMethod()), sent);
      assertEquals(right.getCode(), end.getCode());
      assertEquals(right.getDescription(), end.getDescription());
      assertNotEquals(Status.Code.OK, end.getCode());
    }
  }

  private static MethodDescriptor<byte[], byte[]> asStream(MethodDescriptor<?, ?> method) {
    return ByteMessages.of(method).toBuilder().setType(MethodType.BIDI_STREAMING).build();
  }

  @Test
  void check_failureWhileMemoryIsAsked_isInternalWithItsNumber() {
    whileAsked.set(() -> {
      throw new IllegalStateException("a bug");
    });
    Failure failure = Failure.of(() -> server.check("acme", "x", "read"));
    assertEquals(Status.Code.INTERNAL, failure.code());
    assertEquals(ErrorReason.ERROR_REASON_INTERNAL, failure.reason());
  }

  /** Over HTTP/2: the transport in this process would look again by itself. */
  @Test
  void drain_whileAnItemIsAnsweredFromMemory_answersItThenEndsTheStream() {
    var wrapping = TestServer.Wrapping.ofTable(table -> new Interrupted(table, whileAsked));
    try (var http2 = TestServer.startOverHttp2(wrapping)) {
      http2.putApp("x", List.of("read"), List.of());
      http2.grant("acme", "x");
      http2.check("acme", "x", "read");
      whileAsked.set(http2::drain);
      var caller = StreamCaller.reading(http2);
      caller.send(
          StreamCheckRequest.newBuilder()
              .setCorrelationId("q")
              .setCheck(TestServer.checkOf("acme", "x", "read"))
              .build());
      Failure end = Failure.of(caller.awaitFailure());
      assertEquals(ErrorReason.ERROR_REASON_SHUTTING_DOWN, end.reason());
      assertEquals(1, caller.answers().size());
      assertEquals(
          Decision.DECISION_ALLOW, caller.answers().getFirst().getResponse().getDecision());
    }
  }

  private byte[] call(MethodDescriptor<byte[], byte[]> method, byte[] request) {
    return ClientCalls.blockingUnaryCall(server.channel(), method, CallOptions.DEFAULT, request);
  }

  /** Sends these and half-closes; how the call ends. */
  private static Status send(
      TestServer server, MethodDescriptor<byte[], byte[]> method, byte[]... messages) {
    var end = new CompletableFuture<Status>();
    ClientCall<byte[], byte[]> call = server.channel().newCall(method, CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        new Metadata());
    call.request(10);
    for (byte[] message : messages) {
      call.sendMessage(message);
    }
    call.halfClose();
    return end.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** A table where something happens while it is asked. */
  private record Interrupted(DecisionPoint table, AtomicReference<Runnable> whileAsked)
      implements ForwardingTable {
    @Override
    public @Nullable Truth known(AskedKey key) {
      Truth known = table.known(key);
      whileAsked.get().run();
      return known;
    }
  }
}
