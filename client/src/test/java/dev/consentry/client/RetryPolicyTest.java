package dev.consentry.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

final class RetryPolicyTest {
  /** Written out, so that a new RPC has to be thought about. */
  private static final Set<String> SENT_AGAIN =
      Set.of(
          "Check",
          "BatchCheck",
          "PreviewGrant",
          "Grant",
          "GetGrant",
          "ListGrants",
          "Revoke",
          "GetApp",
          "ListApps",
          "ListEvents");

  private final FakeServer server = FakeServer.start();
  private final ConsentryClient client = ConsentryClient.connect(server.address());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  static Stream<String> methods() {
    return descriptors().map(MethodDescriptor::getFullMethodName);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void anyCall_alwaysUnavailable_isSentAgainOnlyWhereHarmless(String name) {
    MethodDescriptor<?, ?> method =
        descriptors().filter(m -> m.getFullMethodName().equals(name)).findFirst().orElseThrow();

    int sent = callInVain(method, Status.UNAVAILABLE);

    assertEquals(
        SENT_AGAIN.contains(method.getBareMethodName()) ? RetryPolicy.ATTEMPTS_MAX : 1, sent);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"OK", "UNAVAILABLE"})
  void check_otherErrors_areNotSentAgain(Status.Code code) {
    assertEquals(1, callInVain(DecisionServiceGrpc.getCheckMethod(), code.toStatus()));
  }

  @Test
  void check_unavailableOnce_isAnswered() {
    AtomicInteger calls = new AtomicInteger();
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        request -> {
          if (calls.incrementAndGet() == 1) {
            throw Status.UNAVAILABLE.asRuntimeException();
          }
          return CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build();
        });

    assertTrue(client.check("acme", "sync", "a").allowed());
    assertEquals(2, calls.get());
  }

  /** Calls a method that always fails, and counts how often it came. */
  private <Q, R> int callInVain(MethodDescriptor<Q, R> method, Status status) {
    server.onStream(
        method,
        request -> {
          throw status.asRuntimeException();
        });
    // Every message of the contract may be empty on the wire.
    @SuppressWarnings("unchecked")
    Q empty =
        (Q)
            ((Message)
                    ((MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller())
                        .getMessagePrototype())
                .getDefaultInstanceForType();
    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingServerStreamingCall(
                        client.channel(), method, CallOptions.DEFAULT, empty)
                    .hasNext());
    assertEquals(status.getCode(), failure.getStatus().getCode());
    return server.requests(method).size();
  }

  private static Stream<MethodDescriptor<?, ?>> descriptors() {
    return Stream.of(
            DecisionServiceGrpc.getServiceDescriptor(),
            GrantServiceGrpc.getServiceDescriptor(),
            AppServiceGrpc.getServiceDescriptor(),
            HistoryServiceGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream())
        .filter(method -> method.getType().clientSendsOneMessage());
  }
}
