package dev.consentry.cli.bench;

import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends each question on a stream that stays open. A stream that ends takes the questions in flight
 * with it, and the next question opens another.
 */
final class StreamLane implements Lane {
  private final Channel channel;
  private final Questions<CheckRequest> questions;
  private final Tally tally;
  private final Ended ended;
  private @Nullable Stream stream;

  StreamLane(Channel channel, Questions<CheckRequest> questions, Tally tally, Ended ended) {
    this.channel = channel;
    this.questions = questions;
    this.tally = tally;
    this.ended = ended;
  }

  @Override
  public synchronized void send(long dueNanos, long number) {
    if (stream == null) {
      stream = new Stream();
    }
    stream.send(dueNanos, questions.at(number));
  }

  /** Gives up a stream that was closed: since when the questions in flight on it are due. */
  private synchronized long[] giveUp(Stream closed) {
    if (stream == closed) {
      stream = null;
    }
    return closed.places.freeAll();
  }

  /** One stream; its places are guarded by the lane. */
  private final class Stream extends ClientCall.Listener<StreamCheckResponse> {
    private final ClientCall<StreamCheckRequest, StreamCheckResponse> call =
        channel.newCall(DecisionServiceGrpc.getStreamCheckMethod(), CallOptions.DEFAULT);
    private final Places places = new Places();
    private boolean started;

    /*
     * The place is taken first: a call that cannot be made is closed before start returns, and takes
     * what is in flight with it.
     */
    void send(long dueNanos, CheckRequest question) {
      String place = places.take(dueNanos);
      if (!started) {
        started = true;
        call.start(this, new Metadata());
        call.request(Integer.MAX_VALUE);
      }
      call.sendMessage(
          StreamCheckRequest.newBuilder().setCorrelationId(place).setCheck(question).build());
    }

    @Override
    public void onMessage(StreamCheckResponse message) {
      long now = System.nanoTime();
      OptionalLong place;
      synchronized (StreamLane.this) {
        place = places.free(message.getCorrelationId());
      }
      if (place.isEmpty()) {
        tally.failed(1, Failure.UNMATCHED, now);
        return;
      }
      long dueNanos = place.getAsLong();
      if (message.hasResponse()) {
        tally.took(dueNanos, now);
        tally.answered(message.getResponse(), dueNanos);
      } else {
        tally.failed(
            1, message.hasError() ? Failure.of(message.getError()) : Failure.UNMATCHED, dueNanos);
      }
      ended.ended(StreamLane.this, !message.hasResponse());
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Failure failure = status.isOk() ? Failure.UNMATCHED : Failure.of(status, trailers);
      for (long dueNanos : giveUp(this)) {
        tally.failed(1, failure, dueNanos);
        ended.ended(StreamLane.this, true);
      }
    }
  }
}
