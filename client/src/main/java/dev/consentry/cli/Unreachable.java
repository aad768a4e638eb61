package dev.consentry.cli;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Finds out why a server that was tried cannot be reached. */
final class Unreachable {
  private static final long SECONDS_MAX = 5;

  private Unreachable() {}

  /**
   * Why, if there is more to say than that nobody is there; else empty.
   *
   * @param channel is used up
   */
  static String why(ManagedChannel channel, boolean encrypted) {
    try {
      ClientCalls.blockingUnaryCall(
          channel,
          HealthGrpc.getCheckMethod(),
          CallOptions.DEFAULT.withDeadlineAfter(SECONDS_MAX, TimeUnit.SECONDS),
          HealthCheckRequest.getDefaultInstance());
      return "";
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode() == Status.Code.UNAVAILABLE ? why(e, encrypted) : "";
    } finally {
      channel.shutdownNow();
    }
  }

  private static String why(Throwable failure, boolean encrypted) {
    @Nullable Throwable tls = null;
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketException || cause instanceof UnknownHostException) {
        return "";
      }
      // The innermost says most: which certificate, and what is wrong with it.
      if (cause instanceof SSLException || tls != null) {
        tls = cause;
      }
    }
    if (tls != null) {
      return ": " + Names.printable(String.valueOf(tls.getMessage()));
    }
    return encrypted ? "" : ": it ends connections in plain text; it may want --ca FILE or --tls";
  }
}
