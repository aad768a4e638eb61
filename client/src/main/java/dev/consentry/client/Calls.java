package dev.consentry.client;

import dev.consentry.v1.ErrorReason;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Blocking calls whose failures are {@link ConsentryException}s. */
final class Calls {
  private final Channel channel;

  Calls(Channel channel) {
    this.channel = channel;
  }

  /** Sends one message, waits for one. */
  <Q, R> R unary(MethodDescriptor<Q, R> method, Q request) {
    try {
      return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
    } catch (StatusRuntimeException e) {
      throw ConsentryException.of(e);
    }
  }

  /**
   * Sends one message, hands over each that comes back, and returns the last. A consumer that
   * throws ends the call.
   */
  <Q, R> R stream(MethodDescriptor<Q, R> method, Q request, Consumer<? super R> each) {
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      Context outer = context.attach();
      try {
        Iterator<R> replies =
            ClientCalls.blockingServerStreamingCall(channel, method, CallOptions.DEFAULT, request);
        @Nullable R last = null;
        while (replies.hasNext()) {
          last = replies.next();
          each.accept(last);
        }
        if (last == null) {
          throw new ConsentryException(
              Status.Code.INTERNAL,
              ErrorReason.ERROR_REASON_UNSPECIFIED,
              "the server ended the call without an answer");
        }
        return last;
      } catch (StatusRuntimeException e) {
        throw ConsentryException.of(e);
      } finally {
        context.detach(outer);
      }
    }
  }
}
