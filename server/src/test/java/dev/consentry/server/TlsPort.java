package dev.consentry.server;

import dev.consentry.server.bench.RawBytes;
import dev.consentry.server.config.ListenAddress;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The server's own port with TLS, and one method, which answers the certificate of its caller. */
final class TlsPort implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 1_000;
  private static final MethodDescriptor<byte[], byte[]> WHO =
      RawBytes.method("Who", MethodType.UNARY);
  private static final long CALL_SECONDS_MAX = 20;

  private final GrpcPort port;
  private final Set<SocketAddress> callers = ConcurrentHashMap.newKeySet();

  TlsPort(TlsFiles files) {
    var who =
        ServerServiceDefinition.builder("consentry.v1.DecisionService")
            .addMethod(WHO, (call, _) -> new Who(call))
            .build();
    port =
        GrpcPort.open(
            new ListenAddress(InetAddress.getLoopbackAddress(), 0),
            files,
            List.of(),
            List.of(who),
            new ConnectionLimit(CONNECTIONS_MAX),
            PortLimits.DEFAULT);
  }

  InetSocketAddress address() {
    return port.address();
  }

  /** Connects anew, and returns the certificate that the server sees; null if none. */
  @Nullable Certificate peerOf(TestAuthority trusted, TestAuthority.@Nullable Issued shown) {
    try (Connection connection = connect(trusted, shown)) {
      return connection.peer();
    }
  }

  /** Whether a new connection with this certificate does not come about. */
  boolean refuses(TestAuthority trusted, TestAuthority.Issued shown) {
    try (Connection connection = connect(trusted, shown)) {
      connection.peer();
      return false;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNAVAILABLE) {
        throw e;
      }
      return true;
    }
  }

  /** Connects anew, and returns the certificate that the client sees. */
  Certificate serverCertificate(TestAuthority trusted) {
    try (Connection connection = connect(trusted, null)) {
      return connection.serverCertificate();
    }
  }

  Connection connect(TestAuthority trusted, TestAuthority.@Nullable Issued shown) {
    try {
      var tls = SslContextBuilder.forClient().trustManager(trusted.certificate());
      if (shown != null) {
        tls.keyManager(new RawTls.AlwaysShown(shown));
      }
      return new Connection(
          NettyChannelBuilder.forAddress("127.0.0.1", port.address().getPort())
              .sslContext(GrpcSslContexts.configure(tls).build())
              .disableRetry()
              .build());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    port.close(Duration.ZERO);
  }

  /** One connection of a client, made with its first call. */
  static final class Connection implements AutoCloseable {
    private final ManagedChannel channel;

    private Connection(ManagedChannel channel) {
      this.channel = channel;
    }

    @Nullable Certificate peer() {
      try {
        byte[] der = ask(new SeenCertificate());
        return der.length == 0
            ? null
            : CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
      } catch (CertificateException e) {
        throw new IllegalStateException(e);
      }
    }

    Certificate serverCertificate() {
      var seen = new SeenCertificate();
      ask(seen);
      return seen.certificate();
    }

    private byte[] ask(SeenCertificate seen) {
      return ClientCalls.blockingUnaryCall(
          ClientInterceptors.intercept(channel, seen),
          WHO,
          CallOptions.DEFAULT.withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS),
          new byte[0]);
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  /** How many connections calls have come over. */
  int connections() {
    return callers.size();
  }

  private final class Who extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;

    Who(ServerCall<byte[], byte[]> call) {
      this.call = call;
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      callers.add(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
      byte[] peer;
      try {
        peer = session.getPeerCertificates()[0].getEncoded();
      } catch (SSLPeerUnverifiedException e) {
        peer = new byte[0];
      } catch (CertificateException e) {
        throw new IllegalStateException(e);
      }
      call.sendHeaders(new Metadata());
      call.sendMessage(peer);
      call.close(Status.OK, new Metadata());
    }
  }
}
