package dev.consentry.server.rpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Tells callers which version of the server answers, in a header of each reply. */
public final class ServerVersionHeader implements ServerInterceptor {
  /** The header's name. */
  public static final String NAME = "consentry-server-version";

  private static final Metadata.Key<String> KEY =
      Metadata.Key.of(NAME, Metadata.ASCII_STRING_MARSHALLER);

  private final String version;

  ServerVersionHeader(String version) {
    this.version = version;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendHeaders(Metadata replyHeaders) {
            replyHeaders.put(KEY, version);
            super.sendHeaders(replyHeaders);
          }
        },
        headers);
  }
}
