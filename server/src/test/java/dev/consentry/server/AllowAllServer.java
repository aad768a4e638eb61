package dev.consentry.server;

import dev.consentry.server.bench.RawBytes;
import dev.consentry.server.config.ListenAddress;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;

/**
 * Lets through whatever Envoy asks about, on the server's own port: what Envoy can do at best.
 *
 * <p>Argument: what to answer, in hex; {@code -} is the least that Envoy takes. Whatever follows is
 * ignored, because the launcher adds its own main class.
 */
final class AllowAllServer {
  private static final int CONNECTIONS_MAX = 1_000;
  private static final byte[] LEAST =
      CheckResponse.newBuilder()
          .setStatus(com.google.rpc.Status.getDefaultInstance())
          .setOkResponse(OkHttpResponse.getDefaultInstance())
          .build()
          .toByteArray();

  private AllowAllServer() {}

  /** Serves on a free port, which it prints, until the process is ended. */
  public static void main(String[] arguments) throws InterruptedException {
    byte[] reply = arguments[0].equals("-") ? LEAST : HexFormat.of().parseHex(arguments[0]);
    ServerCallHandler<byte[], byte[]> handler = (call, _) -> new AllowedCall(call, reply);
    var check = RawBytes.method(AuthorizationGrpc.SERVICE_NAME, "Check", MethodType.UNARY);
    var service =
        ServerServiceDefinition.builder(AuthorizationGrpc.SERVICE_NAME)
            .addMethod(check, handler)
            .build();
    var port =
        GrpcPort.open(
            new ListenAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            List.of(),
            List.of(service),
            new ConnectionLimit(CONNECTIONS_MAX),
            PortLimits.DEFAULT);
    System.out.println("Allows all, and serves on " + ListenAddress.text(port.address()));
    Thread.currentThread().join();
  }

  /** A call that answers once its one question is in. */
  private static final class AllowedCall extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final byte[] reply;

    AllowedCall(ServerCall<byte[], byte[]> call, byte[] reply) {
      this.call = call;
      this.reply = reply;
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      call.sendHeaders(new Metadata());
      call.sendMessage(reply);
      call.close(Status.OK, new Metadata());
    }
  }
}
