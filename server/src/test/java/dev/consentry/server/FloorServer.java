package dev.consentry.server;

import dev.consentry.server.bench.RawBytes;
import dev.consentry.server.config.ListenAddress;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The floor that a decision is measured against: the server's own port, and a method of the name of
 * {@code Check} that reads the request's bytes, decides nothing and answers the same bytes always.
 *
 * <p>Arguments: how many bytes to answer, and {@code lean} or {@code usual}, which is grpc-java's
 * own way to serve a unary method. Whatever follows is ignored, because the launcher adds its own
 * main class.
 */
final class FloorServer {
  private static final int CONNECTIONS_MAX = 1_000;
  private static final String SERVICE = "consentry.v1.DecisionService";

  private FloorServer() {}

  /** Serves on a free port, which it prints, until the process is ended. */
  public static void main(String[] arguments) throws InterruptedException {
    byte[] reply = new byte[Integer.parseInt(arguments[0])];
    ServerCallHandler<byte[], byte[]> handler =
        switch (arguments[1]) {
          case "lean" -> (call, _) -> new LeanCall(call, reply);
          case "usual" ->
              ServerCalls.asyncUnaryCall((_, observer) -> {
                observer.onNext(reply);
                observer.onCompleted();
              });
          default -> throw new IllegalArgumentException("neither lean nor usual: " + arguments[1]);
        };
    var check = RawBytes.method("Check", MethodType.UNARY);
    var service = ServerServiceDefinition.builder(SERVICE).addMethod(check, handler).build();
    var port =
        GrpcPort.open(
            new ListenAddress(InetAddress.getLoopbackAddress(), 0),
            null,
            List.of(),
            List.of(service),
            new ConnectionLimit(CONNECTIONS_MAX),
            PortLimits.DEFAULT);
    InetSocketAddress address = port.address();
    System.out.println("Floor serves on " + ListenAddress.text(address));
    Thread.currentThread().join();
  }

  /** A call that answers once its one question is in, with nothing between it and the transport. */
  private static final class LeanCall extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final byte[] reply;

    LeanCall(ServerCall<byte[], byte[]> call, byte[] reply) {
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
