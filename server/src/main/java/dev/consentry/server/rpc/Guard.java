package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Ends a call that its caller has no right to, before anybody looks whether the request's fields
 * are well formed, or whether what it names is there.
 */
final class Guard implements ServerInterceptor {
  private final Faults faults;

  Guard(Faults faults) {
    this.faults = faults;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      private boolean refused;

      @Override
      public void onMessage(Q request) {
        if (refused) {
          return;
        }
        try {
          requireRight(call.getMethodDescriptor(), request);
        } catch (RefusedException e) {
          refused = true;
          Calls.close(call, faults.status(e));
          return;
        }
        super.onMessage(request);
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }

  private static void requireRight(MethodDescriptor<?, ?> method, Object request) {
    if (!Permissions.allow(Doorkeeper.callerNow().rights(), method, request)) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
  }
}
