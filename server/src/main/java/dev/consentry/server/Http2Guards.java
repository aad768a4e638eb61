package dev.consentry.server;

import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;

/**
 * Sets guards up in a connection as soon as it speaks HTTP/2, before its first frame is read, and
 * goes.
 */
final class Http2Guards extends ChannelInboundHandlerAdapter {
  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    Http2ConnectionHandler http2 = context.pipeline().get(Http2ConnectionHandler.class);
    if (http2 != null) {
      Http2ConnectionDecoder decoder = http2.decoder();
      decoder.frameListener(new ControlFrameLimit(decoder.frameListener()));
      http2.connection().addListener(new UnfinishedRequests(http2, context.pipeline()));
      context.pipeline().remove(this);
    }
    context.fireChannelRead(bytes);
  }
}
