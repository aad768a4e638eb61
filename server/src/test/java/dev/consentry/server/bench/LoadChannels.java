package dev.consentry.server.bench;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.stream.Stream;

/** Connections of a load client: all on one event loop, which leaves the server the other core. */
final class LoadChannels {
  private LoadChannels() {}

  static EventLoop loop() {
    return new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("load", true), EpollIoHandler.newFactory())
        .next();
  }

  static List<ManagedChannel> open(EventLoop loop, String address, int connections) {
    return Stream.generate(() -> open(address, loop)).limit(connections).toList();
  }

  private static ManagedChannel open(String address, EventLoop loop) {
    return NettyChannelBuilder.forTarget(address)
        .usePlaintext()
        .directExecutor()
        .channelType(EpollSocketChannel.class)
        .eventLoopGroup(loop)
        .build();
  }
}
