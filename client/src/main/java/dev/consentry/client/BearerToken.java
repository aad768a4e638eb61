package dev.consentry.client;

import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows a token (RFC 6750 §2.1) with every call that brings no credentials of its own. In plain
 * text it goes to the loopback alone, whatever the address was called: anywhere else the call fails
 * before anything of it is sent. Nothing here ever tells the token.
 */
final class BearerToken extends CallCredentials implements ClientInterceptor {
  /** Servers take no more than this in all headers together. */
  static final int BYTES_MAX = 8 << 10;

  static final String LETTERS = "letters, digits and -._~+/=, at most " + BYTES_MAX;

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Supplier<String> tokens;

  BearerToken(Supplier<String> tokens) {
    this.tokens = tokens;
  }

  static boolean isToken(@Nullable String text) {
    return text != null && text.length() <= BYTES_MAX && TOKEN.matcher(text).matches();
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return next.newCall(
        method, options.getCredentials() == null ? options.withCallCredentials(this) : options);
  }

  @Override
  public void applyRequestMetadata(
      RequestInfo request, Executor executor, MetadataApplier applier) {
    if (request.getSecurityLevel() != SecurityLevel.PRIVACY_AND_INTEGRITY && !isLocal(request)) {
      applier.fail(
          Status.UNAUTHENTICATED.withDescription(
              "the token was not sent: the connection is in plain text, and not to the loopback"));
      return;
    }
    String token;
    try {
      token = tokens.get();
    } catch (RuntimeException e) {
      applier.fail(
          Status.UNAUTHENTICATED
              .withDescription("no token: who was to give one failed: " + e.getClass().getName())
              .withCause(e));
      return;
    }
    if (!isToken(token)) {
      applier.fail(
          Status.UNAUTHENTICATED.withDescription(
              "no token: what was given for one is none, which has only " + LETTERS));
      return;
    }
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    applier.apply(headers);
  }

  private static boolean isLocal(RequestInfo request) {
    return request.getTransportAttrs().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
            instanceof InetSocketAddress remote
        && remote.getAddress() != null
        && remote.getAddress().isLoopbackAddress();
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "BearerToken";
  }
}
