package dev.consentry.server;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPipeline;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Resets streams whose call has been answered while the client may still send (RFC 9113 §8.1). gRPC
 * keeps them until the client says that it has finished: a call that was refused or has timed out
 * would go on taking one of its connection's places, and keep the connection from ever being idle.
 */
final class UnfinishedRequests extends Http2ConnectionAdapter {
  /** A client that reads its answer finishes by itself within this. */
  static final Duration GRACE = Duration.ofMillis(100);

  private final Http2ConnectionHandler http2;
  private final ChannelHandlerContext context;

  UnfinishedRequests(Http2ConnectionHandler http2, ChannelPipeline pipeline) {
    this.http2 = http2;
    this.context = pipeline.context(http2);
  }

  @Override
  public void onStreamHalfClosed(Http2Stream stream) {
    if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
      var _ =
          context.executor().schedule(() -> reset(stream), GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void reset(Http2Stream stream) {
    if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
      var _ =
          http2
              .encoder()
              .writeRstStream(
                  context, stream.id(), Http2Error.NO_ERROR.code(), context.newPromise());
      context.flush();
    }
  }
}
