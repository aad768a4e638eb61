package dev.consentry.server.rpc;

import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.door.DoorCall;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.security.Caller;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's {@code ext_authz}: {@code envoy.service.auth.v3.Authorization}. What is denied is an
 * answer; where there is no deciding, the call fails, so that Envoy does what it is told to do
 * then.
 */
final class ExtAuthzRpc {
  private static final MethodDescriptor<byte[], byte[]> CHECK =
      ByteMessages.of(AuthorizationGrpc.getCheckMethod());

  private final Doors doors;
  private final Doorkeeper doorkeeper;
  private final Calls calls;
  private final Faults faults;

  ExtAuthzRpc(Doors doors, Doorkeeper doorkeeper, Calls calls, Faults faults) {
    this.doors = doors;
    this.doorkeeper = doorkeeper;
    this.calls = calls;
    this.faults = faults;
  }

  /**
   * Reads a question and writes an answer, for nobody: the classes of Envoy's messages take longer
   * to load than Envoy waits.
   */
  static void load() {
    var question = CheckRequest.newBuilder();
    question.getAttributesBuilder().getRequestBuilder().getHttpBuilder().setMethod("GET");
    var _ = ByteMessages.parse(CheckRequest.parser(), question.build().toByteArray());
    var _ = ExtAuthzReplies.reply(DoorAnswer.Open.INSTANCE).toByteArray();
  }

  /** The service of Envoy's contract, but for its messages, which stay bytes. */
  ServerServiceDefinition definition() {
    var service =
        ServiceDescriptor.newBuilder(AuthorizationGrpc.SERVICE_NAME)
            .setSchemaDescriptor(AuthorizationGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(CHECK)
            .build();
    var byMessages = ServerCalls.asyncUnaryCall(this::check);
    return ServerServiceDefinition.builder(service)
        .addMethod(
            CHECK,
            new AtOnce(
                doorkeeper,
                this::checkNow,
                (call, headers) -> doorkeeper.interceptCall(call, headers, byMessages),
                faults::status))
        .build();
  }

  byte @Nullable [] checkNow(Caller caller, byte[] request) {
    DoorCall call = ExtAuthzBytes.of(caller, request);
    DoorAnswer answer = doors.answerNow(call == null ? call(caller, request) : call);
    return answer == null ? null : ExtAuthzReplyBytes.reply(answer);
  }

  /** By messages: for what has not the plain form, or waits for the store anyway. */
  private static ExtAuthzCall call(Caller caller, byte[] request) {
    return new ExtAuthzCall(caller, ByteMessages.parse(CheckRequest.parser(), request));
  }

  private void check(byte[] request, StreamObserver<byte[]> reply) {
    Caller caller;
    try {
      caller = Doorkeeper.callerNow();
    } catch (RefusedException e) {
      reply.onError(faults.status(e));
      return;
    }
    calls.runBlocking(reply, () -> answer(caller, request, reply));
  }

  private void answer(Caller caller, byte[] request, StreamObserver<byte[]> reply) {
    try {
      CompletableFuture<DoorAnswer> answer =
          DecisionRpc.inTimeOfCall(doors.answer(call(caller, request)));
      var _ =
          answer.whenComplete((ready, failure) -> {
            if (failure == null) {
              calls.answer(reply, () -> ExtAuthzReplies.reply(ready).toByteArray());
            } else {
              reply.onError(faults.status(failure));
            }
          });
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(faults.status(e));
    }
  }
}
