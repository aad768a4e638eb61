package dev.consentry.client;

import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What may be sent again, and how often: gRPC's own retries, as a service config (gRFC A6). */
final class RetryPolicy {
  /** Times a call is sent, the first included. */
  static final int ATTEMPTS_MAX = 4;

  /** A call is kept for sending again up to this size: that of the largest message. */
  private static final long CALL_BUFFER_BYTES_MAX = ConsentryClient.INBOUND_BYTES_MAX;

  private static final long BUFFER_BYTES_MAX = 8 * CALL_BUFFER_BYTES_MAX;

  /*
   * Safe methods, and the two writes whose request_id makes a second delivery harmless: CallDefaults
   * sets it above the retries, so that all attempts carry the same one. PutApp, SuspendApp and the
   * like end in the same state twice, but not in the same answer: they are not sent again.
   */
  private static final Set<MethodDescriptor<?, ?>> WRITES_WITH_REQUEST_ID =
      Set.of(GrantServiceGrpc.getGrantMethod(), GrantServiceGrpc.getRevokeMethod());

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          DecisionServiceGrpc.getServiceDescriptor(),
          GrantServiceGrpc.getServiceDescriptor(),
          AppServiceGrpc.getServiceDescriptor(),
          HistoryServiceGrpc.getServiceDescriptor());

  private RetryPolicy() {}

  /** Pauses of about 50, 100 and 200 ms; none at all while most calls of the client fail. */
  static void applyTo(ManagedChannelBuilder<?> channel) {
    Map<String, Object> retryPolicy =
        Map.of(
            "maxAttempts",
            (double) ATTEMPTS_MAX,
            "initialBackoff",
            "0.05s",
            "maxBackoff",
            "1s",
            "backoffMultiplier",
            2.0,
            "retryableStatusCodes",
            List.of("UNAVAILABLE"));
    channel
        .enableRetry()
        .perRpcBufferLimit(CALL_BUFFER_BYTES_MAX)
        .retryBufferSize(BUFFER_BYTES_MAX)
        .disableServiceConfigLookUp()
        .defaultServiceConfig(
            Map.of(
                "methodConfig",
                List.of(Map.of("name", names(), "retryPolicy", retryPolicy)),
                "retryThrottling",
                Map.of("maxTokens", 100.0, "tokenRatio", 0.1)));
  }

  /** Whether a call of this method may be sent again. */
  static boolean retryable(MethodDescriptor<?, ?> method) {
    return method.isSafe() || WRITES_WITH_REQUEST_ID.contains(method);
  }

  /** Whether it is a write that may be sent again. */
  static boolean isRetriedWrite(MethodDescriptor<?, ?> method) {
    return WRITES_WITH_REQUEST_ID.contains(method);
  }

  private static List<Map<String, String>> names() {
    List<Map<String, String>> names = new ArrayList<>();
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        if (retryable(method)) {
          names.add(Map.of("service", service.getName(), "method", bareName(method)));
        }
      }
    }
    return names;
  }

  private static String bareName(MethodDescriptor<?, ?> method) {
    return method.getFullMethodName().substring(method.getFullMethodName().indexOf('/') + 1);
  }
}
