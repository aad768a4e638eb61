package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * Ends a call that its caller has no right to, before anybody looks at the request: neither whether
 * it is well formed, nor whether what it names is there.
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
        if (Permissions.allow(Doorkeeper.caller().rights(), call.getMethodDescriptor(), request)) {
          super.onMessage(request);
        } else {
          refused = true;
          Calls.close(call, faults.status(new RefusedException(new Refusal.NotAllowed())));
        }
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }
}
