package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.fail;

import dev.consentry.v1.DecisionServiceGrpc.DecisionServiceStub;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.CallCredentials;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The calling end of a stream of checks. */
final class StreamCaller {
  private final Queue<StreamCheckResponse> answers = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<@Nullable Throwable> end = new CompletableFuture<>();
  private final CompletableFuture<ClientCallStreamObserver<StreamCheckRequest>> out =
      new CompletableFuture<>();

  private StreamCaller(DecisionServiceStub streams, boolean reading) {
    var _ = streams.streamCheck(new Observer(reading));
  }

  /** One that takes every answer. */
  static StreamCaller reading(TestServer server) {
    return new StreamCaller(server.streams(), true);
  }

  /** One that shows a credential, and takes every answer. */
  static StreamCaller reading(TestServer server, CallCredentials shown) {
    return new StreamCaller(server.streams().withCallCredentials(shown), true);
  }

  /** One that takes no answer until it is told to. */
  static StreamCaller notReading(TestServer server) {
    return new StreamCaller(server.streams(), false);
  }

  void send(StreamCheckRequest item) {
    out.join().onNext(item);
  }

  void halfClose() {
    out.join().onCompleted();
  }

  void cancel() {
    out.join().cancel("the caller has had enough", null);
  }

  void read(int answersMore) {
    out.join().request(answersMore);
  }

  List<StreamCheckResponse> answers() {
    return List.copyOf(answers);
  }

  boolean ended() {
    return end.isDone();
  }

  void awaitAnswers(int count) {
    Await.until(count + " answers", () -> answers.size() >= count);
  }

  /** How it ended: null means OK. */
  @Nullable Throwable awaitEnd() {
    try {
      return end.get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      return fail("the stream did not end; answers: " + answers.size(), e);
    }
  }

  /** What it ended with, other than OK. */
  Throwable awaitFailure() {
    Throwable thrown = awaitEnd();
    return thrown == null ? fail("ended with OK") : thrown;
  }

  private final class Observer
      implements ClientResponseObserver<StreamCheckRequest, StreamCheckResponse> {
    private final boolean reading;

    Observer(boolean reading) {
      this.reading = reading;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<StreamCheckRequest> requests) {
      if (!reading) {
        requests.disableAutoRequestWithInitial(0);
      }
      out.complete(requests);
    }

    @Override
    public void onNext(StreamCheckResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable thrown) {
      end.complete(thrown);
    }

    @Override
    public void onCompleted() {
      end.complete(null);
    }
  }
}
