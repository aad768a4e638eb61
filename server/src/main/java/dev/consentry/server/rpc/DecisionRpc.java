package dev.consentry.server.rpc;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.metrics.Counters;
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
import io.grpc.ServerCallHandler;
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
  private final Doorkeeper doorkeeper;
  private final Calls calls;
  private final Faults faults;
  private final Counters counters;
  private final DecisionLog log;
  private final MemoryAnswers memory;
  private final Set<CheckStream> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /**
   * Composes it.
   *
   * @param table may refuse to ask the store
   * @param memory the same, with nothing before it: it is on the hot path
   */
  DecisionRpc(
      DecisionPoint table,
      DecisionPoint memory,
      Doorkeeper doorkeeper,
      Calls calls,
      Faults faults,
      Counters counters,
      DecisionLog log) {
    this.table = table;
    this.doorkeeper = doorkeeper;
    this.calls = calls;
    this.faults = faults;
    this.counters = counters;
    this.log = log;
    this.memory = new MemoryAnswers(memory, counters, log);
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
            new AtOnce(
                doorkeeper,
                this::checkNow,
                letIn(ServerCalls.asyncUnaryCall(this::check)),
                faults::status))
        .addMethod(BATCH_CHECK, letIn(ServerCalls.asyncUnaryCall(this::batchCheck)))
        .addMethod(STREAM_CHECK, letIn(ServerCalls.asyncBidiStreamingCall(this::streamCheck)))
        .build();
  }

  private ServerCallHandler<byte[], byte[]> letIn(ServerCallHandler<byte[], byte[]> handler) {
    return (call, headers) -> doorkeeper.interceptCall(call, headers, handler);
  }

  private byte @Nullable [] checkNow(Caller caller, byte[] request) {
    try {
      return memory.check(caller, request);
    } catch (Throwable e) {
      log.refused(Call.CHECK, caller, request, e);
      throw e;
    }
  }

  /** Who asks; null once the call has ended because that cannot be told any more. */
  private @Nullable Caller callerOrRefuse(StreamObserver<byte[]> reply) {
    try {
      return Doorkeeper.callerNow();
    } catch (RefusedException e) {
      reply.onError(faults.status(e));
      return null;
    }
  }

  private void check(byte[] bytes, StreamObserver<byte[]> reply) {
    Caller caller = callerOrRefuse(reply);
    if (caller == null) {
      return;
    }
    try {
      CheckRequest request = ByteMessages.parse(CheckRequest.parser(), bytes);
      CheckQuestion question = Checks.question(caller, request);
      Consistency consistency = Checks.consistency(request);
      Answer known = table.answerNow(question, consistency);
      if (known == null) {
        load(caller, bytes, question, consistency, reply);
      } else {
        calls.answer(reply, () -> response(caller, bytes, known));
      }
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(refused(Call.CHECK, caller, bytes, e));
    }
  }

  private StatusRuntimeException refused(Call call, Caller caller, byte[] request, Throwable why) {
    log.refused(call, caller, request, why);
    return faults.status(why);
  }

  private void load(
      Caller caller,
      byte[] bytes,
      CheckQuestion question,
      Consistency consistency,
      StreamObserver<byte[]> reply) {
    counters.missed();
    CompletableFuture<Answer> answer = inTimeOfCall(table.answer(question, consistency));
    var _ =
        answer.whenComplete((known, failure) -> {
          if (failure == null) {
            counters.loaded(1);
            calls.answer(reply, () -> response(caller, bytes, known));
          } else {
            reply.onError(refused(Call.CHECK, caller, bytes, failure));
          }
        });
  }

  private byte[] response(Caller caller, byte[] request, Answer answer) {
    counters.decided(answer.decision());
    byte[] response = Checks.response(answer).toByteArray();
    log.answered(Call.CHECK, caller, request, response, 1, answer.isAllow());
    return response;
  }

  private void batchCheck(byte[] request, StreamObserver<byte[]> reply) {
    Caller caller = callerOrRefuse(reply);
    if (caller == null) {
      return;
    }
    if (!caller.rights().mayDecideSomething()) {
      var notAllowed = new RefusedException(new Refusal.NotAllowed());
      reply.onError(refused(Call.BATCH_CHECK, caller, request, notAllowed));
    } else if (request.length > BATCH_BYTES_AT_ONCE_MAX) {
      calls.runBlocking(reply, () -> answer(caller, request, reply, Runnable::run));
    } else {
      answer(
          caller,
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
  private void answer(
      Caller caller, byte[] request, StreamObserver<byte[]> reply, Executor executor) {
    byte[] response;
    try {
      response = memory.batch(caller, request);
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(refused(Call.BATCH_CHECK, caller, request, e));
      return;
    }
    if (response == null) {
      executor.execute(() -> answerMessage(caller, request, reply));
    } else {
      reply.onNext(response);
      reply.onCompleted();
    }
  }

  private void answerMessage(Caller caller, byte[] request, StreamObserver<byte[]> reply) {
    try {
      Batch batch =
          Batch.of(
              caller, ByteMessages.parse(BatchCheckRequest.parser(), request), faults::checkError);
      List<Answer> known =
          batch.questions().isEmpty()
              ? List.of()
              : table.answerAllNow(batch.questions(), batch.consistency());
      if (known == null) {
        load(caller, request, batch, reply);
      } else {
        calls.answer(reply, () -> response(caller, request, batch, known));
      }
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(refused(Call.BATCH_CHECK, caller, request, e));
    }
  }

  private void load(Caller caller, byte[] request, Batch batch, StreamObserver<byte[]> reply) {
    counters.missed();
    CompletableFuture<List<Answer>> answers =
        inTimeOfCall(table.answerAll(batch.questions(), batch.consistency()));
    var _ =
        answers.whenComplete((loaded, failure) -> {
          if (failure == null) {
            counters.loaded(loaded.size());
            calls.answer(reply, () -> response(caller, request, batch, loaded));
          } else {
            reply.onError(refused(Call.BATCH_CHECK, caller, request, failure));
          }
        });
  }

  private byte[] response(Caller caller, byte[] request, Batch batch, List<Answer> answers) {
    answers.forEach(answer -> counters.decided(answer.decision()));
    byte[] response = batch.response(answers).toByteArray();
    int items = batch.results().size();
    boolean allowed = items == answers.size() && answers.stream().allMatch(Answer::isAllow);
    log.answered(Call.BATCH_CHECK, caller, request, response, items, allowed);
    return response;
  }

  private StreamObserver<byte[]> streamCheck(StreamObserver<byte[]> reply) {
    Pass pass = Doorkeeper.pass();
    if (!pass.caller().rights().mayDecideSomething()) {
      reply.onError(faults.status(new RefusedException(new Refusal.NotAllowed())));
      return new Unheard();
    }
    // What grpc-java hands to a method that answers with a stream.
    var out = (ServerCallStreamObserver<byte[]>) reply;
    var stream =
        new CheckStream(
            out,
            pass,
            calls.virtualThreads(),
            table,
            memory,
            faults,
            counters,
            log,
            streams::remove);
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

  /** Hears nothing of a call that has ended. */
  private static final class Unheard implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] item) {}

    @Override
    public void onError(Throwable cancelled) {}

    @Override
    public void onCompleted() {}
  }

  static <T> CompletableFuture<T> inTimeOfCall(CompletableFuture<T> loading) {
    return Context.current().getDeadline() == null ? inTime(loading) : loading;
  }

  /** Gives up after a while, for this caller alone: others may wait for the same load. */
  static <T> CompletableFuture<T> inTime(CompletableFuture<T> loading) {
    return loading.isDone()
        ? loading
        : loading.copy().orTimeout(CHECK_SECONDS_MAX, TimeUnit.SECONDS);
  }
}
