package dev.consentry.server;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Calls that only their callers would end, such as a watch of the server's health. They must not
 * hold up a server that stops.
 */
final class EndlessCalls implements ServerInterceptor {
  private final Set<ServerCall<?, ?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean ended;

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    open.add(call);
    if (ended) {
      end(call);
    }
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onComplete() {
        open.remove(call);
        super.onComplete();
      }

      @Override
      public void onCancel() {
        open.remove(call);
        super.onCancel();
      }
    };
  }

  /** Ends them all, and those that come from now on. */
  void end() {
    ended = true;
    open.forEach(EndlessCalls::end);
  }

  private static void end(ServerCall<?, ?> call) {
    try {
      call.close(Status.UNAVAILABLE.withDescription("the server is about to stop"), new Metadata());
    } catch (IllegalStateException e) {
      // It ended by itself, just now.
    }
  }
}
