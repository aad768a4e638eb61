package dev.consentry.server.rpc;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Answers questions. */
final class DecisionRpc extends DecisionServiceGrpc.DecisionServiceImplBase {
  /*
   * The hot path is `check`, then `Checks` (message to question, answer to message) and the table: all on the thread
   * that read the request, which is the transport's own. So nothing here may block, lock or log until memory has been
   * asked and did not know.
   */

  /** How long a check waits for the store, where its call has no deadline. */
  static final int CHECK_SECONDS_MAX = 2;

  private final DecisionPoint table;
  private final Calls calls;
  private final Faults faults;
  private final Counters counters;
  private final Set<CheckStream> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  DecisionRpc(DecisionPoint table, Calls calls, Faults faults, Counters counters) {
    this.table = table;
    this.calls = calls;
    this.faults = faults;
    this.counters = counters;
  }

  @Override
  public void check(CheckRequest request, StreamObserver<CheckResponse> reply) {
    CheckResponse response;
    try {
      CheckQuestion question = Checks.question(request);
      Consistency consistency = Checks.consistency(request);
      Answer answer = table.answerNow(question, consistency);
      if (answer == null) {
        load(question, consistency, reply);
        return;
      }
      response = response(answer);
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(faults.status(e));
      return;
    }
    reply.onNext(response);
    reply.onCompleted();
  }

  private void load(
      CheckQuestion question, Consistency consistency, StreamObserver<CheckResponse> reply) {
    counters.missed();
    CompletableFuture<Answer> answer = inTimeOfCall(table.answer(question, consistency));
    var _ = answer.whenComplete((_, _) -> calls.answer(reply, () -> response(answer.join())));
  }

  private CheckResponse response(Answer answer) {
    counters.decided(answer.decision());
    return Checks.response(answer);
  }

  /** A batch that is larger than a check may be leaves the transport's thread to others. */
  @Override
  public void batchCheck(BatchCheckRequest request, StreamObserver<BatchCheckResponse> reply) {
    if (Batch.scopesOf(request) <= CheckQuestion.SCOPES_PER_CHECK_MAX) {
      answer(request, reply);
    } else {
      calls.runBlocking(reply, () -> answer(request, reply));
    }
  }

  private void answer(BatchCheckRequest request, StreamObserver<BatchCheckResponse> reply) {
    try {
      Batch batch = Batch.of(request, faults::checkError);
      CompletableFuture<List<Answer>> answers =
          batch.questions().isEmpty()
              ? CompletableFuture.completedFuture(List.of())
              : inTimeOfCall(table.answerAll(batch.questions(), batch.consistency()));
      var _ =
          answers.whenComplete(
              (_, _) -> calls.answer(reply, () -> response(batch, answers.join())));
      // Whatever goes wrong, the caller is told that it did.
    } catch (Throwable e) {
      reply.onError(faults.status(e));
    }
  }

  private BatchCheckResponse response(Batch batch, List<Answer> answers) {
    answers.forEach(answer -> counters.decided(answer.decision()));
    return batch.response(answers);
  }

  @Override
  public StreamObserver<StreamCheckRequest> streamCheck(StreamObserver<StreamCheckResponse> reply) {
    // What grpc-java hands to a method that answers with a stream.
    var out = (ServerCallStreamObserver<StreamCheckResponse>) reply;
    var stream = new CheckStream(out, table, faults, counters, streams::remove);
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
