package dev.consentry.server.http;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.Authentication;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Credential;
import dev.consentry.server.security.Session;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells who calls, before anything else is looked at. */
public final class HttpCallers {
  /** Credentials that are looked into at once, on threads of their own; what is beyond is shed. */
  static final int IDENTIFYING_MAX = 256;

  static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** Where gateways say who they are, as {@code authorization} is the app's. */
  public static final String GATEWAY_AUTHORIZATION = "consentry-authorization";

  private static final String AUTHORIZATION = "authorization";
  private static final Logger logger = LoggerFactory.getLogger(HttpCallers.class);

  /** Compared without regard to case (RFC 9110 §11.1). */
  private static final String SCHEME = "Bearer ";

  private static final int FORBIDDEN = 403;
  private static final int INTERNAL_SERVER_ERROR = 500;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final @Nullable Authentication authentication;
  private final Executor virtualThreads;
  private final Semaphore identifying = new Semaphore(IDENTIFYING_MAX);

  /** How a caller says who it is. */
  public enum By {
    /** The certificate of its connection, and nothing else. */
    CERTIFICATE,
    /** {@link #GATEWAY_AUTHORIZATION}, and nothing else. */
    GATEWAY_TOKEN,
    /** {@code authorization}, or else the certificate. */
    TOKEN_OR_CERTIFICATE
  }

  /**
   * Asks who calls.
   *
   * @param authentication null lets everybody in as {@link Caller#LOCAL}
   */
  public HttpCallers(@Nullable Authentication authentication, Executor virtualThreads) {
    this.authentication = authentication;
    this.virtualThreads = virtualThreads;
  }

  /**
   * Who calls, if that takes no waiting.
   *
   * @return null if {@link #identify(HttpCall, By)} has to be asked
   * @throws RefusedException as that does
   */
  public @Nullable Caller known(HttpCall call, By by) {
    if (authentication == null) {
      return Caller.LOCAL;
    }
    Session session = authentication.known(credential(call, by));
    return session == null ? null : session.caller();
  }

  /**
   * Who calls. May wait, for a bounded time.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated}, {@link Refusal.NotAllowed} or {@link
   *     Refusal.Overloaded}
   */
  public Caller identify(HttpCall call, By by) {
    if (authentication == null) {
      return Caller.LOCAL;
    }
    if (!identifying.tryAcquire()) {
      throw new RefusedException(new Refusal.Overloaded(RETRY_AFTER));
    }
    try {
      return authentication.identify(credential(call, by)).caller();
    } finally {
      identifying.release();
    }
  }

  /**
   * Hands over which gateway calls, here or on a virtual thread; or answers the call with 403 or
   * 503.
   *
   * @param then must not block
   */
  void identifyGateway(HttpCall call, By by, Consumer<Caller> then) {
    try {
      Caller known = known(call, by);
      if (known == null) {
        virtualThreads.execute(() -> identifyHere(call, by, then));
      } else {
        then.accept(known);
      }
    } catch (RefusedException e) {
      refuse(call, e.refusal());
    } catch (RejectedExecutionException e) {
      call.refuse(SERVICE_UNAVAILABLE);
    }
  }

  private void identifyHere(HttpCall call, By by, Consumer<Caller> then) {
    Caller caller;
    try {
      caller = identify(call, by);
    } catch (RefusedException e) {
      refuse(call, e.refusal());
      return;
      // Whatever goes wrong, nobody is let in, and the caller is told.
    } catch (Throwable e) {
      logger.atError().setCause(e).log("a mistake of ours");
      call.refuse(INTERNAL_SERVER_ERROR);
      return;
    }
    then.accept(caller);
  }

  private static Credential credential(HttpCall call, By by) {
    return switch (by) {
      case CERTIFICATE -> certificate(call);
      case GATEWAY_TOKEN -> bearer(call.headers(GATEWAY_AUTHORIZATION), GATEWAY_AUTHORIZATION);
      case TOKEN_OR_CERTIFICATE -> {
        List<String> values = call.headers(AUTHORIZATION);
        yield values.isEmpty() ? certificate(call) : bearer(values, AUTHORIZATION);
      }
    };
  }

  private static Credential certificate(HttpCall call) {
    X509Certificate certificate = call.certificate();
    if (certificate == null) {
      throw unauthenticated("no credential of the caller");
    }
    return new Credential.Certificate(certificate);
  }

  private static Credential bearer(List<String> values, String name) {
    if (values.size() != 1) {
      throw unauthenticated("there must be one `%s`".formatted(name));
    }
    String value = values.getFirst();
    if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw unauthenticated("`%s` must be `Bearer` and a token".formatted(name));
    }
    return new Credential.Bearer(value.substring(SCHEME.length()));
  }

  private static RefusedException unauthenticated(String problem) {
    return new RefusedException(new Refusal.Unauthenticated(problem));
  }

  private static void refuse(HttpCall call, Refusal refusal) {
    switch (refusal) {
      // A 401 would reach the app, whose own token is not at fault.
      case Refusal.Unauthenticated(var problem) ->
          Problem.of(SERVICE_UNAVAILABLE)
              .with("reason", "UNAUTHENTICATED")
              .with("detail", problem)
              .answer(call);
      case Refusal.NotAllowed _ -> Problem.of(FORBIDDEN).with("reason", "NOT_ALLOWED").answer(call);
      default ->
          Problem.of(SERVICE_UNAVAILABLE)
              .with("reason", "OVERLOADED")
              .answer(call, new HttpHeader("Retry-After", "1"));
    }
  }
}
