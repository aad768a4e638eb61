package dev.consentry.client;

import dev.consentry.v1.ErrorReason;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientStreamTracer;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells that a write may have been made, where one of its tries ended so and the last one says only
 * of itself that it wrote nothing. Sees every try of a call, and changes none.
 */
final class OpenOutcomes implements ClientInterceptor {
  /** Refusals for which the server need not have asked the store what became of a request id. */
  private static final Set<Status.Code> OF_THIS_TRY_ALONE =
      EnumSet.of(
          Status.Code.UNAVAILABLE,
          Status.Code.RESOURCE_EXHAUSTED,
          Status.Code.UNAUTHENTICATED,
          Status.Code.PERMISSION_DENIED);

  /** Reasons of UNAVAILABLE with which nothing was written: the contract says so. */
  private static final Set<ErrorReason> NOTHING_WRITTEN =
      EnumSet.of(
          ErrorReason.ERROR_REASON_STORE_UNAVAILABLE, ErrorReason.ERROR_REASON_SHUTTING_DOWN);

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    if (!RetryPolicy.isRetriedWrite(method)) {
      return next.newCall(method, options);
    }
    Tries tries = new Tries();
    return new SimpleForwardingClientCall<Q, R>(
        next.newCall(method, options.withStreamTracerFactory(tries))) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<R>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                @Nullable End open = tries.firstOpen;
                if (open != null && OF_THIS_TRY_ALONE.contains(status.getCode())) {
                  super.onClose(open.status, open.trailers);
                } else {
                  super.onClose(status, trailers);
                }
              }
            },
            headers);
      }
    };
  }

  /** How a try ended. */
  private record End(Status status, Metadata trailers) {
    boolean isOpen() {
      return status.getCode() == Status.Code.UNAVAILABLE
          && !NOTHING_WRITTEN.contains(
              ConsentryException.of(status.asRuntimeException(trailers)).reason());
    }
  }

  /** The tries of one call, one after another. */
  private static final class Tries extends ClientStreamTracer.Factory {
    private volatile @Nullable End firstOpen;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        private volatile boolean sent;
        private volatile Metadata trailers = new Metadata();

        @Override
        public void outboundMessage(int number) {
          sent = true;
        }

        @Override
        public void inboundTrailers(Metadata received) {
          trailers = received;
        }

        @Override
        public void streamClosed(Status status) {
          End end = new End(status, trailers);
          if (sent && firstOpen == null && end.isOpen()) {
            firstOpen = end;
          }
        }
      };
    }
  }
}
