package dev.consentry.client;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Keeps what calls show for credentials. */
public final class Shown implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Queue<Credentials> all = new ConcurrentLinkedQueue<>();

  /**
   * Of one call.
   *
   * @param authorizations every value
   * @param certificate null if there is none
   */
  public record Credentials(List<String> authorizations, @Nullable Certificate certificate) {}

  List<Credentials> all() {
    return List.copyOf(all);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    List<String> authorizations = new ArrayList<>();
    @Nullable Iterable<String> sent = headers.getAll(AUTHORIZATION);
    if (sent != null) {
      sent.forEach(authorizations::add);
    }
    all.add(
        new Credentials(
            authorizations,
            certificate(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))));
    return next.startCall(call, headers);
  }

  private static @Nullable Certificate certificate(@Nullable SSLSession session) {
    try {
      return session == null ? null : session.getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }
}
