package dev.consentry.server.rpc;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.rpc.DecisionLog.Call;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.DecisionServiceGrpc;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions: from memory, bytes in and bytes out, where {@link MemoryAnswers} can; by
 * messages and from the store where not.
 */
final class DecisionRpc {
  /** How long a check waits for the store, where its call has no deadline. */
  static final int CHECK_SECONDS_MAX = 2;

  /**
   * The largest batch that is looked up on the transport's own thread: that takes about as long as
   * ten checks. Larger ones leave it to others.
   */
  static final int BATCH_BYTES_AT_ONCE_MAX = 16 << 10;

  /** The same for one that is not answered in bytes. */
  static final int BATCH_MESSAGE_BYTES_AT_ONCE_MAX = 1 << 10;

  private static final MethodDescriptor<byte[], byte[]> CHECK =
      ByteMessages.of(DecisionServiceGrpc.getCheckMethod());
  private static final MethodDescriptor<byte[], byte[]> BATCH_CHECK =
      ByteMessages.of(DecisionServiceGrpc.getBatchCheckMethod());
  private static final MethodDescriptor<byte[], byte[]> STREAM_CHECK =
      ByteMessages.of(DecisionServiceGrpc.getStreamCheckMethod());

  private final DecisionPoint table;
  private final Calls calls;
  private final Faults faults;
  private final Counters counters;
  private final DecisionLog log;
  private final MemoryAnswers memory;
  private final Set<CheckStream> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  DecisionRpc(DecisionPoint table, Calls calls, Faults faults, Counters counters, DecisionLog log) {
    this.table = table;
    this.calls = calls;
    this.faults = faults;
    this.counters = counters;
    this.log = log;
    this.memory = new MemoryAnswers(table, counters, log);
  }

  /** The service of the contract, but for its messages, which stay bytes. */
  ServerServiceDefinition definition() {
    ServiceDescriptor service =
        ServiceDescriptor.newBuilder(DecisionServiceGrpc.SERVICE_NAME)
            .setSchemaDescriptor(DecisionServiceGrpc.getServiceDescriptor().getSchemaDescriptor())
            .addMethod(CHECK)
            .addMethod(BATCH_CHECK)
            .addMethod(STREAM_CHECK)
            .build();
    return ServerServiceDefinition.builder(service)
        .addMethod(
            CHECK,
            new AtOnce(this::checkNow, ServerCalls.asyncUnaryCall(this::check), faults::status))
        .addMethod(BATCH_CHECK, ServerCalls.asyncUnaryCall(this::batchCheck))
        .addMethod(STREAM_CHECK, ServerCalls.asyncBidiStreamingCall(this::streamCheck))
        .build();
  }

  private byte @Nullable [] checkNow(byte[] request) {
    try {
      return memory.check(request);
    } catch (Throwable e) {
      log.refused(Call.CHECK, Caller.LOCAL, request, e);
      throw e;
    }
  }

  private void check(byte[] bytes, StreamObserver<byte[]> reply) {
    try {
      CheckRequest request = ByteMessages.parse(CheckRequest.parser(), bytes);
      CheckQuestion question = Checks.question(request);
      Consistency consistency = Checks.consistency(request);
      Answer known = table.answerNow(question, consistency);
      if (known == null) {
        load(bytes, question, consistency, reply);
      } else {
        calls.answer(reply, () -> response(bytes, known));
      }
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(refused(Call.CHECK, bytes, e));
    }
  }

  private StatusRuntimeException refused(Call call, byte[] request, Throwable why) {
    log.refused(call, Caller.LOCAL, request, why);
    return faults.status(why);
  }

  private void load(
      byte[] bytes, CheckQuestion question, Consistency consistency, StreamObserver<byte[]> reply) {
    counters.missed();
    CompletableFuture<Answer> answer = inTimeOfCall(table.answer(question, consistency));
    var _ =
        answer.whenComplete((known, failure) -> {
          if (failure == null) {
            calls.answer(reply, () -> response(bytes, known));
          } else {
            reply.onError(refused(Call.CHECK, bytes, failure));
          }
        });
  }

  private byte[] response(byte[] request, Answer answer) {
    counters.decided(answer.decision());
    byte[] response = Checks.response(answer).toByteArray();
    log.answered(Call.CHECK, Caller.LOCAL, request, response, 1, answer.isAllow());
    return response;
  }

  private void batchCheck(byte[] request, StreamObserver<byte[]> reply) {
    if (request.length > BATCH_BYTES_AT_ONCE_MAX) {
      calls.runBlocking(reply, () -> answer(request, reply, Runnable::run));
    } else {
      answer(
          request,
          reply,
          rest -> {
            if (request.length > BATCH_MESSAGE_BYTES_AT_ONCE_MAX) {
              calls.runBlocking(reply, rest);
            } else {
              rest.run();
            }
          });
    }
  }

  /**
   * Answers from memory, or else by messages.
   *
   * @param executor runs the latter
   */
  private void answer(byte[] request, StreamObserver<byte[]> reply, Executor executor) {
    byte[] response;
    try {
      response = memory.batch(request);
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(refused(Call.BATCH_CHECK, request, e));
      return;
    }
    if (response == null) {
      executor.execute(() -> answerMessage(request, reply));
    } else {
      reply.onNext(response);
      reply.onCompleted();
    }
  }

  private void answerMessage(byte[] request, StreamObserver<byte[]> reply) {
    try {
      Batch batch =
          Batch.of(ByteMessages.parse(BatchCheckRequest.parser(), request), faults::checkError);
      CompletableFuture<List<Answer>> answers =
          batch.questions().isEmpty()
              ? CompletableFuture.completedFuture(List.of())
              : inTimeOfCall(table.answerAll(batch.questions(), batch.consistency()));
      var _ =
          answers.whenComplete((known, failure) -> {
            if (failure == null) {
              calls.answer(reply, () -> response(request, batch, known));
            } else {
              reply.onError(refused(Call.BATCH_CHECK, request, failure));
            }
          });
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(refused(Call.BATCH_CHECK, request, e));
    }
  }

  private byte[] response(byte[] request, Batch batch, List<Answer> answers) {
    answers.forEach(answer -> counters.decided(answer.decision()));
    byte[] response = batch.response(answers).toByteArray();
    int items = batch.results().size();
    boolean allowed = items == answers.size() && answers.stream().allMatch(Answer::isAllow);
    log.answered(Call.BATCH_CHECK, Caller.LOCAL, request, response, items, allowed);
    return response;
  }

  private StreamObserver<byte[]> streamCheck(StreamObserver<byte[]> reply) {
    // What grpc-java hands to a method that answers with a stream.
    var out = (ServerCallStreamObserver<byte[]>) reply;
    var stream = new CheckStream(out, table, memory, faults, counters, log, streams::remove);
    streams.add(stream);
    stream.start();
    if (draining) {
      stream.drain();
    }
    return stream;
  }

  /**
   * Ends every stream as soon as what it has open is answered. Single checks and batches are
   * answered on.
   */
  void drain() {
    draining = true;
    streams.forEach(CheckStream::drain);
  }

  private static <T> CompletableFuture<T> inTimeOfCall(CompletableFuture<T> loading) {
    return Context.current().getDeadline() == null ? inTime(loading) : loading;
  }

  /** Gives up after a while, for this caller alone: others may wait for the same load. */
  static <T> CompletableFuture<T> inTime(CompletableFuture<T> loading) {
    return loading.isDone()
        ? loading
        : loading.copy().orTimeout(CHECK_SECONDS_MAX, TimeUnit.SECONDS);
  }
}
