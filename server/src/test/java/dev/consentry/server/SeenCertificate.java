package dev.consentry.server;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.security.cert.Certificate;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Keeps the certificate of the server that a call has reached. */
final class SeenCertificate implements ClientInterceptor {
  private final AtomicReference<@Nullable Certificate> certificate = new AtomicReference<>();

  Certificate certificate() {
    Certificate seen = certificate.get();
    if (seen == null) {
      throw new IllegalStateException("no call has reached a server");
    }
    return seen;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<Q, R>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<R>(listener) {
              @Override
              public void onHeaders(Metadata received) {
                try {
                  certificate.set(
                      getAttributes()
                          .get(Grpc.TRANSPORT_ATTR_SSL_SESSION)
                          .getPeerCertificates()[0]);
                } catch (SSLPeerUnverifiedException e) {
                  throw new IllegalStateException(e);
                }
                super.onHeaders(received);
              }
            },
            headers);
      }
    };
  }
}
