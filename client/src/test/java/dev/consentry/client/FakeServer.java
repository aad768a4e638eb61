package dev.consentry.client;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Speaks the whole contract on a real port of the loopback, and answers what a test tells it to. It
 * keeps every request; what it was not told to answer is UNIMPLEMENTED.
 */
public final class FakeServer implements AutoCloseable {
  /** What it says it is. */
  public static final String VERSION = "9.8.7";

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          DecisionServiceGrpc.getServiceDescriptor(),
          GrantServiceGrpc.getServiceDescriptor(),
          AppServiceGrpc.getServiceDescriptor(),
          HistoryServiceGrpc.getServiceDescriptor());

  /** A request as it came; with time left until its deadline, -1 if it had none. */
  public record Received(String method, Object message, long millisLeft) {}

  private final Map<String, Function<Object, List<?>>> answers = new ConcurrentHashMap<>();
  private final Queue<Received> received = new ConcurrentLinkedQueue<>();
  private final Queue<Runnable> held = new ArrayDeque<>();
  private boolean paused;
  private final Shown shown = new Shown();
  private final HealthStatusManager health = new HealthStatusManager();
  private final Server server;

  private FakeServer(int port, ServerCredentials security) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), security)
            .intercept(new VersionHeader())
            .intercept(shown)
            .addService(health.getHealthService());
    for (ServiceDescriptor service : SERVICES) {
      ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        add(definition, method);
      }
      builder.addService(definition.build());
    }
    try {
      server = builder.build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static FakeServer start() {
    return new FakeServer(0, InsecureServerCredentials.create());
  }

  static FakeServer startOn(int port) {
    return new FakeServer(port, InsecureServerCredentials.create());
  }

  /** Encrypts, and asks clients for certificates of this authority. */
  public static FakeServer startTls(TestAuthority.Issued shown, TestAuthority clients) {
    return startTlsOn(0, shown, clients);
  }

  static FakeServer startTlsOn(int port, TestAuthority.Issued shown, TestAuthority clients) {
    try {
      return new FakeServer(
          port,
          TlsServerCredentials.newBuilder()
              .keyManager(in(TestAuthority.pem(shown.certificate())), in(shown.keyPem()))
              .trustManager(in(TestAuthority.pem(clients.certificate())))
              .clientAuth(TlsServerCredentials.ClientAuth.OPTIONAL)
              .build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream in(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  int port() {
    return server.getPort();
  }

  /** What each call showed for a credential, in the order they came. */
  public List<Shown.Credentials> shown() {
    return shown.all();
  }

  public String address() {
    return "127.0.0.1:" + server.getPort();
  }

  /** Answers each request of a method like this; the answer may throw a status. */
  public <Q, R> FakeServer on(MethodDescriptor<Q, R> method, Function<Q, R> answer) {
    return onStream(method, request -> List.of(answer.apply(request)));
  }

  /** Answers each request of a method with several messages. */
  // A method is only ever given its own requests.
  @SuppressWarnings("unchecked")
  public <Q, R> FakeServer onStream(MethodDescriptor<Q, R> method, Function<Q, List<R>> answer) {
    answers.put(method.getFullMethodName(), request -> answer.apply((Q) request));
    return this;
  }

  /** Never answers a method. */
  public FakeServer onNothing(MethodDescriptor<?, ?> method) {
    answers.put(method.getFullMethodName(), request -> List.of());
    return this;
  }

  public FakeServer health(ServingStatus status) {
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
    return this;
  }

  /** Answers nothing more, calls of one message at least, until {@link #resume}. */
  public void pause() {
    synchronized (held) {
      paused = true;
    }
  }

  /** Answers what was held, and goes on. */
  public void resume() {
    synchronized (held) {
      paused = false;
      held.forEach(Runnable::run);
      held.clear();
    }
  }

  public List<Received> received() {
    return List.copyOf(received);
  }

  /** The requests of a method, in the order they came. */
  // As above.
  @SuppressWarnings("unchecked")
  public <Q> List<Q> requests(MethodDescriptor<Q, ?> method) {
    return received.stream()
        .filter(r -> r.method().equals(method.getFullMethodName()))
        .map(r -> (Q) r.message())
        .toList();
  }

  /** A refusal as the server makes it. */
  public static StatusRuntimeException refusal(
      Status.Code code,
      ErrorReason reason,
      String message,
      Map<String, String> metadata,
      BadRequest.FieldViolation... violations) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain("consentry.dev")
                        .setReason(reason.name())
                        .putAllMetadata(metadata)
                        .build()));
    if (violations.length > 0) {
      status.addDetails(
          Any.pack(BadRequest.newBuilder().addAllFieldViolations(List.of(violations)).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private <Q, R> void add(
      ServerServiceDefinition.Builder definition, MethodDescriptor<Q, R> method) {
    if (method.getType().clientSendsOneMessage()) {
      definition.addMethod(
          method,
          ServerCalls.asyncServerStreamingCall(
              (request, observer) -> holding(() -> answer(method, request, observer))));
    } else {
      definition.addMethod(
          method,
          ServerCalls.asyncBidiStreamingCall(observer -> new EachAnswered<>(method, observer)));
    }
  }

  private void holding(Runnable reply) {
    synchronized (held) {
      if (paused) {
        held.add(reply);
        return;
      }
    }
    reply.run();
  }

  private <Q, R> void answer(MethodDescriptor<Q, R> method, Q request, StreamObserver<R> observer) {
    if (answerEach(method, request, observer)) {
      observer.onCompleted();
    }
  }

  /** Whether there was an answer, and no refusal. */
  // An answer is only ever given for its own method.
  @SuppressWarnings("unchecked")
  private <Q, R> boolean answerEach(
      MethodDescriptor<Q, R> method, Q request, StreamObserver<R> observer) {
    @Nullable Deadline deadline = Context.current().getDeadline();
    received.add(
        new Received(
            method.getFullMethodName(),
            request,
            deadline == null ? -1 : deadline.timeRemaining(TimeUnit.MILLISECONDS)));
    Function<Object, List<?>> answer = answers.get(method.getFullMethodName());
    if (answer == null) {
      observer.onError(Status.UNIMPLEMENTED.asRuntimeException());
      return false;
    }
    List<?> replies;
    try {
      replies = answer.apply(request);
    } catch (StatusRuntimeException e) {
      observer.onError(e);
      return false;
    }
    replies.forEach(reply -> observer.onNext((R) reply));
    return !replies.isEmpty();
  }

  /** Answers each message of a stream. */
  private final class EachAnswered<Q, R> implements StreamObserver<Q> {
    private final MethodDescriptor<Q, R> method;
    private final StreamObserver<R> observer;

    EachAnswered(MethodDescriptor<Q, R> method, StreamObserver<R> observer) {
      this.method = method;
      this.observer = observer;
    }

    @Override
    public void onNext(Q request) {
      answerEach(method, request, observer);
    }

    @Override
    public void onError(Throwable failure) {
      // The caller has gone.
    }

    @Override
    public void onCompleted() {
      observer.onCompleted();
    }
  }

  /** Sends the version with every reply. */
  private static final class VersionHeader implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return next.startCall(
          new SimpleForwardingServerCall<Q, R>(call) {
            @Override
            public void sendHeaders(Metadata sent) {
              sent.put(
                  Metadata.Key.of("consentry-server-version", Metadata.ASCII_STRING_MARSHALLER),
                  VERSION);
              super.sendHeaders(sent);
            }
          },
          headers);
    }
  }
}
