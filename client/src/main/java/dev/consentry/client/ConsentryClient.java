package dev.consentry.client;

import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Consentry server: one per process is enough, for any number of threads.
 *
 * <pre>{@code
 * try (var client = ConsentryClient.connect("127.0.0.1:8980")) {
 *   if (client.check("acme", "ledger-sync", "invoices.read").allowed()) { … }
 * }
 * }</pre>
 *
 * <p>What every call gets, those of stubs on {@link #channel()} included, and where it is decided:
 *
 * <ul>
 *   <li>a deadline, and waiting for a connection until then ({@link Builder#timeout});
 *   <li>a {@code request_id}, where the contract has one and the caller set none;
 *   <li>retries on {@code UNAVAILABLE}, within the deadline, for reads, and for {@code Grant} and
 *       {@code Revoke}: those always carry a {@code request_id} here, so that a second delivery
 *       gives the first answer and changes nothing. No other write is ever sent twice.
 * </ul>
 *
 * <p>Methods throw {@link ConsentryException} when there is no answer.
 */
public final class ConsentryClient implements AutoCloseable {
  /** The deadline of a check, where neither the builder nor the call says otherwise. */
  public static final Duration CHECK_TIMEOUT = Duration.ofSeconds(2);

  /** The deadline of any other call, where neither the builder nor the call says otherwise. */
  public static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

  /** The deadline of {@code RevokeApp}, which goes through all grants of an app step by step. */
  public static final Duration REVOKE_APP_TIMEOUT = Duration.ofMinutes(10);

  /** The largest message taken from a server; the largest legal reply is smaller. */
  static final int INBOUND_BYTES_MAX = 4 * 1024 * 1024;

  private static final long CLOSE_SECONDS_MAX = 5;

  private final ManagedChannel transport;
  private final Channel channel;
  private final Calls calls;

  private ConsentryClient(ManagedChannel transport, @Nullable Duration timeout) {
    this.transport = transport;
    this.channel =
        ClientInterceptors.intercept(
            transport,
            new OpenOutcomes(),
            new CallDefaults(timeout, () -> UUID.randomUUID().toString()));
    this.calls = new Calls(channel);
  }

  /**
   * Opens a client with all defaults, in plain text. Connects with the first call.
   *
   * @param server {@code HOST:PORT}, or any target that gRPC knows
   */
  public static ConsentryClient connect(String server) {
    return builder(server).build();
  }

  /**
   * Starts a client of its own settings: in plain text, unless one of them says otherwise.
   *
   * <pre>{@code
   * ConsentryClient.builder("consentry.internal:8980")
   *     .caCertificates(Path.of("ca.pem"))
   *     .tokenFile(Path.of("token"))
   *     .build();
   * }</pre>
   *
   * @param server {@code HOST:PORT}, or any target that gRPC knows
   */
  public static Builder builder(String server) {
    return new Builder(server, null);
  }

  /**
   * Starts a client on a channel prepared by the caller, for what has no setting here. Retries,
   * limits and keepalive of the channel are then set by {@link Builder#build()}; how it is
   * encrypted is for the caller.
   */
  public static Builder builder(ManagedChannelBuilder<?> channel) {
    return new Builder(null, channel);
  }

  /**
   * Asks whether an app holds all of these scopes for an account now.
   *
   * @param scopes 1 to 100
   */
  public CheckResult check(String accountId, String appId, String... scopes) {
    return check(accountId, appId, Arrays.asList(scopes), Freshness.minimizeLatency());
  }

  /**
   * Asks whether an app holds all of these scopes for an account.
   *
   * @param scopes 1 to 100
   * @param freshness how new the answer must be, see {@link Freshness}
   */
  public CheckResult check(
      String accountId, String appId, Collection<String> scopes, Consistency freshness) {
    return check(
        CheckRequest.newBuilder()
            .setAccountId(accountId)
            .setAppId(appId)
            .addAllScopes(scopes)
            .setConsistency(freshness)
            .build());
  }

  /** Asks one question, written out. */
  public CheckResult check(CheckRequest request) {
    return CheckResult.of(
        request.getScopesList(), calls.unary(DecisionServiceGrpc.getCheckMethod(), request));
  }

  /**
   * Asks many questions at one revision. An item that cannot be answered spoils only itself: it is
   * not allowed, and says why in {@link CheckResult#error()}.
   *
   * @param items 1 to 1,000
   * @param freshness how new the answers must be, see {@link Freshness}
   * @return as many results as items, in their order
   */
  public List<CheckResult> batchCheck(Collection<BatchCheckItem> items, Consistency freshness) {
    BatchCheckRequest request =
        BatchCheckRequest.newBuilder().addAllItems(items).setConsistency(freshness).build();
    BatchCheckResponse response = calls.unary(DecisionServiceGrpc.getBatchCheckMethod(), request);
    if (response.getResultsCount() != request.getItemsCount()) {
      throw new ConsentryException(
          Status.Code.INTERNAL,
          ErrorReason.ERROR_REASON_UNSPECIFIED,
          "asked " + request.getItemsCount() + ", answered " + response.getResultsCount());
    }
    List<CheckResult> results = new ArrayList<>(response.getResultsCount());
    for (int i = 0; i < response.getResultsCount(); i++) {
      results.add(CheckResult.of(request.getItems(i).getScopesList(), response.getResults(i)));
    }
    return List.copyOf(results);
  }

  /** What an account's administrators do. */
  public Grants grants() {
    return new Grants(calls);
  }

  /** What operators do with apps. */
  public Apps apps() {
    return new Apps(calls);
  }

  /** What happened. */
  public History history() {
    return new History(calls);
  }

  /**
   * For generated stubs, of this contract or another that the server speaks: {@code
   * DecisionServiceGrpc.newStub(client.channel())}. Calls get the same defaults as those made here;
   * a deadline of their own goes first, and streams other than RevokeApp have none unless it is
   * given. Errors come as {@code StatusRuntimeException}: see {@link ConsentryException#of}.
   */
  public Channel channel() {
    return channel;
  }

  /**
   * Connects now, and waits for it. False as soon as an attempt has failed on every address of the
   * server, or when time is up. Calls need no such wait: they do it by themselves.
   */
  public boolean connected(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      ConnectivityState state = transport.getState(true);
      if (state == ConnectivityState.READY) {
        return true;
      }
      if (state == ConnectivityState.TRANSIENT_FAILURE || state == ConnectivityState.SHUTDOWN) {
        return false;
      }
      CountDownLatch changed = new CountDownLatch(1);
      transport.notifyWhenStateChanged(state, changed::countDown);
      if (!changed.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    }
  }

  /** Lets calls under way end, for at most 5 s, then closes the connection. */
  @Override
  public void close() {
    transport.shutdown();
    try {
      if (!transport.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        transport.shutdownNow();
      }
    } catch (InterruptedException e) {
      transport.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** The settings of a client. */
  public static final class Builder {
    // As the server allows: it drops connections that ping more often than every 20 s.
    private static final long KEEPALIVE_SECONDS = 30;
    private static final long KEEPALIVE_TIMEOUT_SECONDS = 5;

    private final @Nullable String server;
    private final @Nullable ManagedChannelBuilder<?> prepared;
    private final Access access = new Access();
    private @Nullable Duration timeout;

    /** One of the two is given. */
    private Builder(@Nullable String server, @Nullable ManagedChannelBuilder<?> prepared) {
      this.server = server;
      this.prepared = prepared;
    }

    /**
     * The deadline of every call that brings none of its own. Default: {@link #CHECK_TIMEOUT} for
     * checks, {@link #REVOKE_APP_TIMEOUT} for {@code RevokeApp}, {@link #CALL_TIMEOUT} for the
     * rest.
     *
     * @throws IllegalArgumentException unless it is positive
     */
    public Builder timeout(Duration timeout) {
      if (timeout.isNegative() || timeout.isZero()) {
        throw new IllegalArgumentException("timeout must be positive: `" + timeout + "`");
      }
      this.timeout = timeout;
      return this;
    }

    /**
     * Encrypts, and believes the authorities that Java believes.
     *
     * @throws IllegalStateException if the channel was prepared by the caller
     */
    public Builder tls() {
      requireOwnChannel();
      access.useTls();
      return this;
    }

    /**
     * Encrypts, and believes these authorities alone. The file is read again for each connection.
     *
     * @param file PEM
     * @throws IllegalStateException if the channel was prepared by the caller
     */
    public Builder caCertificates(Path file) {
      requireOwnChannel();
      access.believe(file);
      return this;
    }

    /**
     * Encrypts, and shows this certificate. The files are read again for each connection, so that
     * short-lived certificates can be replaced while the client runs.
     *
     * @param certificate PEM: the certificate, then those between it and its authority
     * @param key PEM: its private key, PKCS#8, not encrypted
     * @throws IllegalStateException if the channel was prepared by the caller
     */
    public Builder clientCertificate(Path certificate, Path key) {
      requireOwnChannel();
      access.show(certificate, key);
      return this;
    }

    /**
     * Shows a bearer token with every call that brings no credentials of its own. Instead of {@link
     * #tokenFile}.
     *
     * @param tokens asked with every call and every retry, by any thread, so that it should answer
     *     at once. If it throws, the call fails as {@code UNAUTHENTICATED}
     */
    public Builder bearerToken(Supplier<String> tokens) {
      access.show(tokens);
      return this;
    }

    /**
     * Shows the bearer token that is in this file. It is read again while the client runs: a new
     * token is used within a second. Instead of {@link #bearerToken}.
     *
     * @param file the token, and nothing else but white space around it
     */
    public Builder tokenFile(Path file) {
      access.showTokenIn(file);
      return this;
    }

    /**
     * Opens the client. It connects with the first call.
     *
     * @throws IllegalArgumentException if a file is missing or no good, or if a token would be sent
     *     in plain text to anything but the loopback
     */
    public ConsentryClient build() {
      ManagedChannelBuilder<?> channel = channelBuilder();
      RetryPolicy.applyTo(channel);
      return new ConsentryClient(
          channel
              .maxInboundMessageSize(INBOUND_BYTES_MAX)
              .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
              .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .build(),
          timeout);
    }

    /**
     * A channel of its own with the same server and credentials, and with nothing else of what a
     * client adds: no deadlines, no retries.
     *
     * @throws IllegalArgumentException as {@link #build}
     */
    public ManagedChannelBuilder<?> channelBuilder() {
      ManagedChannelBuilder<?> channel =
          prepared != null
              ? prepared
              : Grpc.newChannelBuilder(
                  Objects.requireNonNull(server), access.channel(Objects.requireNonNull(server)));
      access.token().ifPresent(channel::intercept);
      return channel;
    }

    private void requireOwnChannel() {
      if (prepared != null) {
        throw new IllegalStateException(
            "how the channel is encrypted is for whoever prepared it: see TlsChannelCredentials");
      }
    }
  }
}
