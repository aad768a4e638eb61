package dev.consentry.server;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts connections, and closes those that are too many before a byte is read from them. Stands
 * first where connections are accepted.
 */
@Sharable
final class ConnectionLimit extends ChannelInboundHandlerAdapter {
  private final int connectionsMax;
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  /**
   * None is open.
   *
   * @param connectionsMax the process needs as many file descriptors, and some hundreds for itself
   */
  ConnectionLimit(int connectionsMax) {
    this.connectionsMax = connectionsMax;
  }

  /** A connection was accepted. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    var connection = (Channel) accepted;
    if (open.incrementAndGet() > connectionsMax) {
      open.decrementAndGet();
      refused.increment();
      // It belongs to no event loop yet, so that there is nobody to ask in another way.
      connection.unsafe().closeForcibly();
      return;
    }
    var _ = connection.closeFuture().addListener(_ -> open.decrementAndGet());
    connection.pipeline().addLast(new Http2Guards());
    context.fireChannelRead(connection);
  }

  /** {@code connections} that are open, and {@code connections.refused} since the start. */
  Map<String, Long> counts() {
    return Map.of("connections", (long) open.get(), "connections.refused", refused.sum());
  }
}
