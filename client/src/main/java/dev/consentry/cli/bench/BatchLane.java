package dev.consentry.cli.bench;

import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.DecisionServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Sends many questions in a call. The call has the latency, each question its answer. */
final class BatchLane implements Lane {
  private final Channel channel;
  private final Timeout timeout;
  private final int size;
  private final Questions<BatchCheckItem> questions;
  private final Tally tally;
  private final Ended ended;

  BatchLane(
      Channel channel,
      Timeout timeout,
      int size,
      Questions<BatchCheckItem> questions,
      Tally tally,
      Ended ended) {
    this.channel = channel;
    this.timeout = timeout;
    this.size = size;
    this.questions = questions;
    this.tally = tally;
    this.ended = ended;
  }

  @Override
  public void send(long dueNanos, long number) {
    BatchCheckRequest.Builder request = BatchCheckRequest.newBuilder();
    for (int i = 0; i < size; i++) {
      request.addItems(questions.at(number + i));
    }
    ClientCall<BatchCheckRequest, BatchCheckResponse> call =
        channel.newCall(DecisionServiceGrpc.getBatchCheckMethod(), timeout.options());
    call.start(new Reply(dueNanos), new Metadata());
    call.request(2);
    call.sendMessage(request.build());
    call.halfClose();
  }

  /** What comes back. */
  private final class Reply extends ClientCall.Listener<BatchCheckResponse> {
    private final long dueNanos;
    private @Nullable BatchCheckResponse response;

    Reply(long dueNanos) {
      this.dueNanos = dueNanos;
    }

    @Override
    public void onMessage(BatchCheckResponse message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      int answers = 0;
      if (!status.isOk()) {
        tally.failed(size, Failure.of(status, trailers), dueNanos);
      } else if (response == null || response.getResultsCount() != size) {
        tally.failed(size, Failure.UNMATCHED, dueNanos);
      } else {
        answers = count(response);
      }
      if (answers > 0) {
        tally.took(dueNanos, System.nanoTime());
      }
      ended.ended(BatchLane.this, answers == 0);
    }

    private int count(BatchCheckResponse response) {
      int answers = 0;
      for (BatchCheckResult result : response.getResultsList()) {
        if (result.hasResponse()) {
          tally.answered(result.getResponse(), dueNanos);
          answers++;
        } else {
          tally.failed(
              1, result.hasError() ? Failure.of(result.getError()) : Failure.UNMATCHED, dueNanos);
        }
      }
      return answers;
    }
  }
}
