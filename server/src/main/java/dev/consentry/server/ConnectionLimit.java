package dev.consentry.server;

import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler.Sharable;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.List;
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

  List<Measure> measures() {
    return List.of(
        Measure.of(Metric.CONNECTIONS_OPEN, this::open, "grpc").inLog("connections"),
        Measure.of(Metric.CONNECTIONS_REFUSED, this::refused, "grpc").inLog("connections.refused"));
  }

  /** How many are open. */
  int open() {
    return open.get();
  }

  /** How many were closed because there were too many. */
  long refused() {
    return refused.sum();
  }
}
