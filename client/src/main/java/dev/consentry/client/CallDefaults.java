package dev.consentry.client;

import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.RevokeRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives a call what it does not bring: a deadline, waiting for a connection, a request id. */
final class CallDefaults implements ClientInterceptor {
  private final @Nullable Duration timeout;
  private final Supplier<String> requestIds;

  /**
   * @param timeout of every call, or null for the default of each
   * @param requestIds gives a new id each time
   */
  CallDefaults(@Nullable Duration timeout, Supplier<String> requestIds) {
    this.timeout = timeout;
    this.requestIds = requestIds;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<Q, R>(next.newCall(method, bounded(method, options))) {
      @Override
      public void sendMessage(Q message) {
        super.sendMessage(withRequestId(message));
      }
    };
  }

  /** A stream lives as long as its caller wants, so it has no deadline unless it is given one. */
  CallOptions bounded(MethodDescriptor<?, ?> method, CallOptions options) {
    boolean ends = method.getType() == MethodType.UNARY || isRevokeApp(method);
    if (!ends) {
      return options;
    }
    CallOptions waiting = options.withWaitForReady();
    return options.getDeadline() != null
        ? waiting
        : waiting.withDeadlineAfter(timeoutOf(method).toNanos(), TimeUnit.NANOSECONDS);
  }

  private Duration timeoutOf(MethodDescriptor<?, ?> method) {
    if (timeout != null) {
      return timeout;
    }
    if (DecisionServiceGrpc.SERVICE_NAME.equals(method.getServiceName())) {
      return ConsentryClient.CHECK_TIMEOUT;
    }
    return isRevokeApp(method) ? ConsentryClient.REVOKE_APP_TIMEOUT : ConsentryClient.CALL_TIMEOUT;
  }

  private static boolean isRevokeApp(MethodDescriptor<?, ?> method) {
    return method
        .getFullMethodName()
        .equals(GrantServiceGrpc.getRevokeAppMethod().getFullMethodName());
  }

  // The message that goes in comes out, or one of its own class.
  @SuppressWarnings("unchecked")
  private <Q> Q withRequestId(Q message) {
    if (message instanceof GrantRequest grant && grant.getRequestId().isEmpty()) {
      return (Q) grant.toBuilder().setRequestId(requestIds.get()).build();
    }
    if (message instanceof RevokeRequest revoke && revoke.getRequestId().isEmpty()) {
      return (Q) revoke.toBuilder().setRequestId(requestIds.get()).build();
    }
    return message;
  }
}
