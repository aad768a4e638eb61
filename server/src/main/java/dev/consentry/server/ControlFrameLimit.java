package dev.consentry.server;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Flags;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Settings;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection that sends more frames which carry no call than any client has use for: {@code
 * ENHANCE_YOUR_CALM}. gRPC itself does so for {@code PING} and {@code RST_STREAM}, and Netty for
 * empty {@code DATA}, but nobody for {@code SETTINGS}, each of which asks for a reply. Replies to
 * our own {@code PING} do not count: gRPC sends many, to learn the way's capacity.
 */
final class ControlFrameLimit extends Http2FrameListenerDecorator {
  /** A client sends one or two {@code SETTINGS} in all. */
  static final int FRAMES_PER_WINDOW_MAX = 400;

  static final int WINDOW_SECONDS = 30;

  private long windowStartNanos = System.nanoTime();
  private int frames;

  ControlFrameLimit(Http2FrameListener listener) {
    super(listener);
  }

  private void count() throws Http2Exception {
    frames++;
    if (frames <= FRAMES_PER_WINDOW_MAX) {
      return;
    }
    long now = System.nanoTime();
    if (now - windowStartNanos < TimeUnit.SECONDS.toNanos(WINDOW_SECONDS)) {
      throw Http2Exception.connectionError(
          Http2Error.ENHANCE_YOUR_CALM, "more frames without a call than a client needs");
    }
    windowStartNanos = now;
    frames = 1;
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    count();
    super.onSettingsRead(context, settings);
  }

  @Override
  public void onSettingsAckRead(ChannelHandlerContext context) throws Http2Exception {
    count();
    super.onSettingsAckRead(context);
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext context, int stream, int on, short weight, boolean exclusive)
      throws Http2Exception {
    count();
    super.onPriorityRead(context, stream, on, weight, exclusive);
  }

  @Override
  public void onGoAwayRead(ChannelHandlerContext context, int lastStream, long error, ByteBuf data)
      throws Http2Exception {
    count();
    super.onGoAwayRead(context, lastStream, error, data);
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext context, byte type, int stream, Http2Flags flags, ByteBuf payload)
      throws Http2Exception {
    count();
    super.onUnknownFrame(context, type, stream, flags, payload);
  }
}
