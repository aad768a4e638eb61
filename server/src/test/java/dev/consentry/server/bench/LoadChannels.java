package dev.consentry.server.bench;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Connections of a load client: all on one event loop, which leaves the server the other core. With
 * the system property {@code bench.ca} they are encrypted, and with {@code bench.cert} and {@code
 * bench.key} they show a certificate: files in PEM. With {@code bench.token} each call shows the
 * bearer token in that file.
 */
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
    return NettyChannelBuilder.forTarget(address, credentials())
        .directExecutor()
        .channelType(EpollSocketChannel.class)
        .eventLoopGroup(loop)
        .intercept(MetadataUtils.newAttachHeadersInterceptor(headers()))
        .build();
  }

  private static Metadata headers() {
    var headers = new Metadata();
    String token = System.getProperty("bench.token");
    if (token != null) {
      try {
        headers.put(
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
            "Bearer " + Files.readString(Path.of(token)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return headers;
  }

  private static ChannelCredentials credentials() {
    String ca = System.getProperty("bench.ca");
    String certificate = System.getProperty("bench.cert");
    String key = System.getProperty("bench.key");
    if (ca == null) {
      return InsecureChannelCredentials.create();
    }
    try {
      var tls = TlsChannelCredentials.newBuilder().trustManager(new File(ca));
      if (certificate != null && key != null) {
        tls.keyManager(new File(certificate), new File(key));
      }
      return tls.build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
