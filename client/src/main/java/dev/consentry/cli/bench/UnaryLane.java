package dev.consentry.cli.bench;

import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.DecisionServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Sends each question as a call of its own. */
final class UnaryLane implements Lane {
  private final Channel channel;
  private final Timeout timeout;
  private final Questions<CheckRequest> questions;
  private final Tally tally;
  private final Ended ended;

  UnaryLane(
      Channel channel,
      Timeout timeout,
      Questions<CheckRequest> questions,
      Tally tally,
      Ended ended) {
    this.channel = channel;
    this.timeout = timeout;
    this.questions = questions;
    this.tally = tally;
    this.ended = ended;
  }

  @Override
  public void send(long dueNanos, long number) {
    ClientCall<CheckRequest, CheckResponse> call =
        channel.newCall(DecisionServiceGrpc.getCheckMethod(), timeout.options());
    call.start(new Reply(dueNanos), new Metadata());
    call.request(2);
    call.sendMessage(questions.at(number));
    call.halfClose();
  }

  /** What comes back. */
  private final class Reply extends ClientCall.Listener<CheckResponse> {
    private final long dueNanos;
    private @Nullable CheckResponse response;

    Reply(long dueNanos) {
      this.dueNanos = dueNanos;
    }

    @Override
    public void onMessage(CheckResponse message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      boolean answered = status.isOk() && response != null;
      if (response != null && answered) {
        tally.took(dueNanos, System.nanoTime());
        tally.answered(response, dueNanos);
      } else {
        tally.failed(1, status.isOk() ? Failure.UNMATCHED : Failure.of(status, trailers), dueNanos);
      }
      ended.ended(UnaryLane.this, !answered);
    }
  }
}
