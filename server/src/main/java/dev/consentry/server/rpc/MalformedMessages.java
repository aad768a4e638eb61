package dev.consentry.server.rpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/**
 * Refuses what is no message, such as a string that is not UTF-8, as any other invalid request.
 * grpc-java would call it an error of the application, and log its stack.
 */
final class MalformedMessages implements ServerInterceptor {
  private final Faults faults;

  private MalformedMessages(Faults faults) {
    this.faults = faults;
  }

  /** A service whose messages are read where that may fail. */
  static ServerServiceDefinition refusedBy(Faults faults, ServerServiceDefinition service) {
    return ServerInterceptors.intercept(
        ServerInterceptors.useMarshalledMessages(service, ByteMessages.marshaller()),
        new MalformedMessages(faults));
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return new Reading<>(call, next.startCall(call, headers));
  }

  private final class Reading<Q, R> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, R> call;
    private boolean refused;

    Reading(ServerCall<Q, R> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      try {
        super.onMessage(message);
      } catch (StatusRuntimeException e) {
        // What the marshaller throws; handlers of these services do nothing yet when a message
        // comes.
        if (e.getStatus().getCode() != Status.Code.INTERNAL) {
          throw e;
        }
        refused = true;
        StatusRuntimeException told = faults.status(ByteMessages.malformed());
        Metadata trailers = told.getTrailers();
        call.close(told.getStatus(), trailers == null ? new Metadata() : trailers);
      }
    }

    /** Without a message, the handler would close the call once more. */
    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }
  }
}
