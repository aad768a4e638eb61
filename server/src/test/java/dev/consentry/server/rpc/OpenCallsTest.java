package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.metrics.Counters;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Without a clock: the test sweeps. */
final class OpenCallsTest {
  private static final int MOST = 10;
  private static final MethodDescriptor<byte[], byte[]> UNARY =
      ByteMessages.of(DecisionServiceGrpc.getCheckMethod());
  private static final MethodDescriptor<byte[], byte[]> STREAM =
      ByteMessages.of(DecisionServiceGrpc.getStreamCheckMethod());

  private final Counters counters = new Counters();
  private final OpenCalls calls = new OpenCalls(MOST, Duration.ofSeconds(10), counters);
  private final List<String> heard = new ArrayList<>();

  /** What a handler hears. */
  private final ServerCallHandler<byte[], byte[]> handler =
      (_, _) ->
          new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] message) {
              heard.add("message");
            }

            @Override
            public void onHalfClose() {
              heard.add("half close");
            }
          };

  private Begun begin(MethodDescriptor<byte[], byte[]> method) {
    var call = new RecordedCall(method);
    return new Begun(call, calls.interceptCall(call, new Metadata(), handler));
  }

  private void sweep(int times) {
    for (int i = 0; i < times; i++) {
      calls.sweep();
    }
  }

  @Test
  void sweep_requestStillMissing_isEndedOnceItsTimeIsOverAndNotBefore() {
    Begun call = begin(UNARY);
    sweep(OpenCalls.SWEEPS_PER_REQUEST_TIME);
    assertNull(call.call.closed);
    sweep(1);
    assertEquals(Status.Code.DEADLINE_EXCEEDED, call.code());
    assertEquals(1, calls.withoutRequest());
    sweep(20);
    assertEquals(1, calls.withoutRequest());
  }

  @Test
  void sweep_someRequestsMissing_endsJustThose() {
    List<Begun> all = IntStream.range(0, MOST).mapToObj(_ -> begin(UNARY)).toList();
    for (int i = 0; i < MOST; i += 2) {
      all.get(i).listener.onMessage(new byte[0]);
      all.get(i).listener.onHalfClose();
    }
    sweep(OpenCalls.SWEEPS_PER_REQUEST_TIME + 1);
    for (int i = 0; i < MOST; i++) {
      assertEquals(i % 2 == 1, all.get(i).call.closed != null, "call " + i);
    }
  }

  @Test
  void sweep_messageCameButNotItsEnd_isEnded() {
    Begun call = begin(UNARY);
    call.listener.onMessage(new byte[0]);
    sweep(OpenCalls.SWEEPS_PER_REQUEST_TIME + 1);
    assertEquals(Status.Code.DEADLINE_EXCEEDED, call.code());
  }

  @Test
  void sweep_silentStream_goesOn() {
    Begun stream = begin(STREAM);
    sweep(100);
    assertNull(stream.call.closed);
    stream.listener.onHalfClose();
    assertEquals(List.of("half close"), heard);
  }

  @Test
  void onHalfClose_afterTheCallWasEnded_isNotHeard() {
    Begun call = begin(UNARY);
    sweep(OpenCalls.SWEEPS_PER_REQUEST_TIME + 1);
    call.listener.onMessage(new byte[0]);
    call.listener.onHalfClose();
    call.listener.onComplete();
    assertEquals(List.of(), heard);
    assertEquals(0, calls.open());
  }

  @Test
  void sweep_callThatHasEndedByItself_isLeftAlone() {
    Begun cancelled = begin(UNARY);
    cancelled.listener.onCancel();
    Begun other = begin(UNARY);
    other.call.endsByItself = true;
    sweep(OpenCalls.SWEEPS_PER_REQUEST_TIME + 1);
    assertNull(cancelled.call.closed);
  }

  @Test
  void interceptCall_asManyAsMayBe_passAndTheNextIsRefused() {
    List<Begun> all = IntStream.range(0, MOST).mapToObj(_ -> begin(UNARY)).toList();
    assertTrue(all.stream().allMatch(call -> call.call.closed == null));
    Begun tooMany = begin(STREAM);
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, tooMany.code());
    Failure failure = Failure.of(tooMany.failure());
    assertEquals(ErrorReason.ERROR_REASON_OVERLOADED, failure.reason());
    assertEquals(OpenCalls.RETRY_AFTER, failure.retryAfter());
    tooMany.listener.onMessage(new byte[0]);
    tooMany.listener.onHalfClose();
    tooMany.listener.onComplete();
    assertEquals(List.of(), heard);
    assertEquals(1, calls.refused());
    assertEquals(1, counters.snapshot().get("errors.overloaded"));

    all.getFirst().listener.onComplete();
    assertNull(begin(UNARY).call.closed);
  }

  @Test
  void interceptCall_handlerThrows_leavesNothing() {
    assertThrows(
        IllegalStateException.class,
        () ->
            calls.interceptCall(
                new RecordedCall(UNARY),
                new Metadata(),
                (_, _) -> {
                  throw new IllegalStateException();
                }));
    assertEquals(0, calls.open());
    sweep(OpenCalls.SWEEPS_PER_REQUEST_TIME + 1);
    assertEquals(0, calls.withoutRequest());
  }

  private record Begun(RecordedCall call, ServerCall.Listener<byte[]> listener) {
    Status.Code code() {
      Status closed = call.closed;
      return closed == null ? Status.Code.OK : closed.getCode();
    }

    Throwable failure() {
      return (call.closed == null ? Status.OK : call.closed).asRuntimeException(call.trailers);
    }
  }

  /** A call whose end is written down. */
  private static final class RecordedCall extends ServerCall<byte[], byte[]> {
    private final MethodDescriptor<byte[], byte[]> method;
    private @Nullable Status closed;
    private Metadata trailers = new Metadata();

    /** As the transport refuses to close what is closed. */
    private boolean endsByItself;

    RecordedCall(MethodDescriptor<byte[], byte[]> method) {
      this.method = method;
    }

    @Override
    public void close(Status status, Metadata last) {
      if (endsByItself) {
        throw new IllegalStateException("call already closed");
      }
      closed = status;
      trailers = last;
    }

    @Override
    public MethodDescriptor<byte[], byte[]> getMethodDescriptor() {
      return method;
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(byte[] message) {}

    @Override
    public boolean isCancelled() {
      return false;
    }
  }
}
