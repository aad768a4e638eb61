package dev.consentry.server.rpc;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.Authentication;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Credential;
import dev.consentry.server.security.Session;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Lets a call in once it is known who makes it, and ends it where that cannot be told. What the
 * caller may do is not asked here.
 *
 * <p>A bearer token goes before the connection's certificate, and one that is no good is no good,
 * whatever the certificate says.
 */
final class Doorkeeper implements ServerInterceptor, AtOnce.Door {
  /**
   * Credentials that are looked into at once, on threads of their own; beyond that calls are shed.
   */
  static final int IDENTIFYING_MAX = 256;

  static final Duration RETRY_AFTER = Duration.ofMillis(500);

  /**
   * As the transport has it, without a copy. For a header that the other side has put into HPACK's
   * table (RFC 7541 §2.3.2), as clients do, that is the same array with every call.
   */
  private static final Metadata.Key<byte[]> AUTHORIZATION =
      InternalMetadata.keyOf(
          "authorization",
          new InternalMetadata.TrustedAsciiMarshaller<byte[]>() {
            @Override
            public byte[] toAsciiString(byte[] value) {
              return value;
            }

            @Override
            public byte[] parseAsciiString(byte[] value) {
              return value;
            }
          });

  /** Compared without regard to case (RFC 9110 §11.1). */
  private static final String SCHEME = "Bearer ";

  private static final Attributes.Key<Connection> CONNECTION =
      Attributes.Key.create("dev.consentry.connection");
  private static final Context.Key<Pass> PASS = Context.key("dev.consentry.pass");

  private static final Connection.Known LOCAL =
      new Connection.Known(null, new Session(Caller.LOCAL, Instant.MAX), 0, Long.MAX_VALUE);

  private final @Nullable Authentication authentication;
  private final InstantSource clock;
  private final Executor virtualThreads;
  private final Faults faults;
  private final Function<@Nullable X509Certificate, Connection> connection;
  private final Semaphore identifying = new Semaphore(IDENTIFYING_MAX);
  private final LongAdder shed = new LongAdder();

  /**
   * Keeps the door.
   *
   * @param authentication null lets everybody in as {@link Caller#LOCAL}
   */
  Doorkeeper(
      @Nullable Authentication authentication,
      InstantSource clock,
      Executor virtualThreads,
      Faults faults) {
    this(authentication, clock, virtualThreads, faults, Connection::new);
  }

  /**
   * As above.
   *
   * @param connection makes one of the certificate that it began with
   */
  Doorkeeper(
      @Nullable Authentication authentication,
      InstantSource clock,
      Executor virtualThreads,
      Faults faults,
      Function<@Nullable X509Certificate, Connection> connection) {
    this.authentication = authentication;
    this.clock = clock;
    this.virtualThreads = virtualThreads;
    this.faults = faults;
    this.connection = connection;
  }

  /** Who made the current call, when it began or its credential was looked at last. */
  static Caller caller() {
    return pass().caller();
  }

  /**
   * Who makes the current call, whose request has come just now.
   *
   * @throws RefusedException if the credential is no good any more, or has to be looked at again:
   *     that happens only to requests that come long after their headers
   */
  static Caller callerNow() {
    Caller known = pass().known();
    if (known == null) {
      throw unauthenticated("the request came too long after its headers: call again");
    }
    return known;
  }

  /** By what the current call goes on. */
  static Pass pass() {
    return requireNonNull(PASS.get(), "nobody was let in");
  }

  /** Has to see every connection on which calls come. */
  ServerTransportFilter connections() {
    return new ServerTransportFilter() {
      @Override
      public Attributes transportReady(Attributes attributes) {
        SSLSession tls = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        return attributes.toBuilder().set(CONNECTION, connection.apply(certificate(tls))).build();
      }
    };
  }

  private static @Nullable X509Certificate certificate(@Nullable SSLSession tls) {
    if (tls == null) {
      return null;
    }
    try {
      return (X509Certificate) tls.getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (authentication == null) {
      return enter(Pass.LOCAL, call, headers, next);
    }
    try {
      Connection connection = connection(call);
      byte[] authorization = authorization(headers);
      Connection.Known known = known(connection, authorization);
      if (known == null) {
        return identifyThenEnter(connection, authorization, call, headers, next);
      }
      return enter(new Shown(connection, known), call, headers, next);
      // Whatever goes wrong, nobody is let in, and the caller is told.
    } catch (Throwable e) {
      return refuse(call, e);
    }
  }

  private static <Q, R> ServerCall.Listener<Q> enter(
      Pass pass, ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return Contexts.interceptCall(Context.current().withValue(PASS, pass), call, headers, next);
  }

  private <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, Throwable why) {
    Calls.close(call, faults.status(why));
    return new ServerCall.Listener<>() {};
  }

  private <Q, R> ServerCall.Listener<Q> identifyThenEnter(
      Connection connection,
      byte @Nullable [] authorization,
      ServerCall<Q, R> call,
      Metadata headers,
      ServerCallHandler<Q, R> next) {
    var delayed = new DelayedCall<Q>();
    virtualThreads.execute(
        Context.current()
            .wrap(() -> {
              try {
                var pass = new Shown(connection, identify(connection, authorization));
                delayed.begin(enter(pass, call, headers, next));
                // Whatever goes wrong, nobody is let in, and the caller is told.
              } catch (Throwable e) {
                delayed.begin(refuse(call, e));
              }
            }));
    return delayed;
  }

  /**
   * Who makes a call, for one that is answered at once.
   *
   * @return null if it has to come in by {@link #interceptCall}
   * @throws RefusedException if it cannot be told
   */
  @Override
  public Connection.@Nullable Known known(ServerCall<?, ?> call, Metadata headers) {
    return authentication == null ? LOCAL : known(connection(call), authorization(headers));
  }

  @Override
  public boolean holds(Connection.Known known) {
    return authentication == null || known.holds(authentication.version(), clock.millis());
  }

  private static Connection connection(ServerCall<?, ?> call) {
    return requireNonNull(
        call.getAttributes().get(CONNECTION), "connections() sees every connection");
  }

  /** The one header that tells who calls; null if there is none. */
  private static byte @Nullable [] authorization(Metadata headers) {
    Iterable<byte[]> values = headers.getAll(AUTHORIZATION);
    if (values == null) {
      return null;
    }
    Iterator<byte[]> each = values.iterator();
    byte[] value = each.next();
    if (each.hasNext()) {
      throw unauthenticated("more than one `authorization`");
    }
    return value;
  }

  /** What a call shows. */
  private static Credential credential(Connection connection, byte @Nullable [] authorization) {
    if (authorization == null) {
      Credential certificate = connection.certificate();
      if (certificate == null) {
        throw unauthenticated("no credential: neither a bearer token nor a client certificate");
      }
      return certificate;
    }
    var value = new String(authorization, StandardCharsets.ISO_8859_1);
    if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw unauthenticated("`authorization` must be `Bearer` and a token");
    }
    return new Credential.Bearer(value.substring(SCHEME.length()));
  }

  /** Who shows it; null if that takes {@link #identify}. */
  private Connection.@Nullable Known known(Connection connection, byte @Nullable [] authorization) {
    Authentication asked = required();
    // Before anything is asked: what changes meanwhile makes the answer an old one.
    long version = asked.version();
    Connection.Known recalled = connection.recall(authorization, version, clock.millis());
    if (recalled != null) {
      return recalled;
    }
    Credential credential = credential(connection, authorization);
    Session session = asked.known(credential);
    return session == null ? null : remember(connection, authorization, session, version);
  }

  private RefusedException shed() {
    shed.increment();
    return new RefusedException(new Refusal.Overloaded(RETRY_AFTER));
  }

  /** How many calls were refused since too many credentials were looked into. */
  long shedCount() {
    return shed.sum();
  }

  /** Who shows it. May wait. */
  private Connection.Known identify(Connection connection, byte @Nullable [] authorization) {
    Authentication asked = required();
    if (!connection.identifying().tryAcquire()) {
      throw shed();
    }
    try {
      if (!identifying.tryAcquire()) {
        throw shed();
      }
      try {
        long version = asked.version();
        Session session = asked.identify(credential(connection, authorization));
        return remember(connection, authorization, session, version);
      } finally {
        identifying.release();
      }
    } finally {
      connection.identifying().release();
    }
  }

  private Connection.Known remember(
      Connection connection, byte @Nullable [] authorization, Session session, long version) {
    long latestMillis = clock.millis() + Session.KNOWN_FOR.toMillis();
    var known = new Connection.Known(authorization, session, version, latestMillis);
    connection.remember(known);
    return known;
  }

  private Authentication required() {
    return requireNonNull(authentication, "nobody is asked who they are");
  }

  private static RefusedException unauthenticated(String problem) {
    return new RefusedException(new Refusal.Unauthenticated(problem));
  }

  /** Of a caller that has shown a credential. */
  private final class Shown implements Pass {
    private final Connection connection;
    private volatile Connection.Known last;

    Shown(Connection connection, Connection.Known first) {
      this.connection = connection;
      this.last = first;
    }

    @Override
    public Caller caller() {
      return last.caller();
    }

    @Override
    public @Nullable Caller known() {
      Connection.Known before = last;
      if (holds(before)) {
        return before.caller();
      }
      Connection.Known now = Doorkeeper.this.known(connection, before.authorization());
      if (now == null) {
        return null;
      }
      last = now;
      return now.caller();
    }

    @Override
    public synchronized Caller identify() {
      Caller meanwhile = known();
      if (meanwhile != null) {
        return meanwhile;
      }
      last = Doorkeeper.this.identify(connection, last.authorization());
      return last.caller();
    }
  }
}
