package dev.consentry.server.rpc;

import com.google.common.util.concurrent.ListenableFuture;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Questions that nobody needs answered, of every kind and in every form: what a server warms itself
 * with. An account is the state of its grant, a dash and a number.
 */
public final class SyntheticChecks {
  public static final String GRANTED = "granted";
  public static final String ENDING = "ending";
  public static final String ENDED = "ended";
  public static final String REVOKED = "revoked";
  public static final String SUSPENDED = "suspended";
  public static final String NOBODY = "nobody";
  public static final List<String> GRANTED_SCOPES =
      List.of("orders.read", "orders.write", "profile.read", "invoices.read");

  /** Most real checks are allowed, so most of these are. */
  private static final List<String> STATES =
      List.of(
          GRANTED, GRANTED, ENDING, GRANTED, NOBODY, GRANTED, REVOKED, GRANTED, ENDED, GRANTED,
          SUSPENDED, GRANTED);

  private static final int ACCOUNTS_PER_STATE = 50;
  private static final int CHECKS_PER_ROUND = 48;
  private static final int CALL_SECONDS_MAX = 1;
  private static final String SCOPE_NOT_GRANTED = "invoices.write";

  private final DecisionServiceGrpc.DecisionServiceStub stub;
  private final DecisionServiceGrpc.DecisionServiceFutureStub futures;
  private final AtomicInteger asked;
  private String revision = "";

  /**
   * Asks nothing yet.
   *
   * @param channel to a server whose table knows what the accounts' names say
   * @param asked counts the checks
   */
  public SyntheticChecks(Channel channel, AtomicInteger asked) {
    this.asked = asked;
    this.stub = DecisionServiceGrpc.newStub(channel);
    this.futures = DecisionServiceGrpc.newFutureStub(channel);
  }

  /**
   * Asks for as long as this is wanted.
   *
   * @throws IllegalStateException if a call fails
   */
  public void askWhile(BooleanSupplier wanted) {
    try {
      while (wanted.getAsBoolean()) {
        singly();
        asBatch();
        asStream();
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("a synthetic check failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void singly() throws ExecutionException, InterruptedException, TimeoutException {
    var answers = new ArrayList<ListenableFuture<CheckResponse>>();
    for (int i = 0; i < CHECKS_PER_ROUND; i++) {
      answers.add(
          futures.withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS).check(nextQuestion()));
    }
    for (var answer : answers) {
      revision = answer.get(CALL_SECONDS_MAX, TimeUnit.SECONDS).getRevision();
    }
  }

  private void asBatch() throws ExecutionException, InterruptedException, TimeoutException {
    var batch = BatchCheckRequest.newBuilder();
    for (int i = 0; i < CHECKS_PER_ROUND; i++) {
      CheckRequest question = nextQuestion();
      batch.addItems(
          BatchCheckItem.newBuilder()
              .setAccountId(question.getAccountId())
              .setAppId(question.getAppId())
              .addAllScopes(question.getScopesList()));
    }
    var _ = futures.batchCheck(batch.build()).get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
  }

  private void asStream() throws ExecutionException, InterruptedException, TimeoutException {
    var ended = new CompletableFuture<Void>();
    StreamObserver<StreamCheckRequest> questions = stub.streamCheck(new Ending(ended));
    for (int i = 0; i < CHECKS_PER_ROUND; i++) {
      questions.onNext(
          StreamCheckRequest.newBuilder()
              .setCorrelationId(Integer.toString(i))
              .setCheck(nextQuestion())
              .build());
    }
    questions.onCompleted();
    ended.get(CALL_SECONDS_MAX, TimeUnit.SECONDS);
  }

  /** The next in a sequence of all kinds; a few of them ask to be fresh. */
  private CheckRequest nextQuestion() {
    int number = asked.getAndIncrement();
    String state = STATES.get(number % STATES.size());
    var question =
        CheckRequest.newBuilder()
            .setAccountId(state + "-" + number / STATES.size() % ACCOUNTS_PER_STATE)
            .setAppId("app-" + number % 7)
            .addScopes(GRANTED_SCOPES.get(number % GRANTED_SCOPES.size()))
            .addScopes(number % 11 == 0 ? SCOPE_NOT_GRANTED : GRANTED_SCOPES.getFirst());
    if (number % 17 == 0 && !revision.isEmpty()) {
      question.setConsistency(Consistency.newBuilder().setAtLeastAsFresh(revision));
    } else if (number % 97 == 0) {
      question.setConsistency(Consistency.newBuilder().setFullyConsistent(true));
    }
    return question.build();
  }

  /** Takes a stream's answers for what they are worth. */
  private record Ending(CompletableFuture<Void> ended)
      implements StreamObserver<StreamCheckResponse> {
    @Override
    public void onNext(StreamCheckResponse response) {}

    @Override
    public void onError(Throwable failure) {
      ended.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      ended.complete(null);
    }
  }
}
