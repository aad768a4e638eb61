package dev.consentry.server.http;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.door.DoorCall;
import dev.consentry.server.door.Doors;
import dev.consentry.server.gateway.AppRequest;
import dev.consentry.server.gateway.Door;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.NotLetThroughException;
import dev.consentry.server.gateway.Reason;
import dev.consentry.server.security.Caller;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /authz/NAME}, for gateways that ask about a request by another: nginx {@code
 * auth_request}, Caddy {@code forward_auth}, Traefik ForwardAuth. The name of the door stands in
 * the path, since a client can choose the query.
 */
public final class ForwardAuth implements HttpService {
  public static final String PATH = "/authz/";

  /** How long a gateway waits for the store at most. */
  static final int ANSWER_SECONDS_MAX = 2;

  private static final int NO_CONTENT = 204;
  private static final int BAD_REQUEST = 400;
  private static final int FORBIDDEN = 403;
  private static final int INTERNAL_SERVER_ERROR = 500;
  private static final int SERVICE_UNAVAILABLE = 503;
  private static final byte[] NOTHING = {};
  private static final HttpHeader RETRY_AFTER = new HttpHeader("Retry-After", "1");
  private static final HttpHeader PROBLEM =
      new HttpHeader("Content-Type", DoorAnswer.Refused.CONTENT_TYPE);

  /** So that a gateway which copies them copies nothing that came from a client. */
  private static final List<HttpHeader> NOBODY =
      DoorAnswer.HEADERS.stream().map(name -> new HttpHeader(name, "")).toList();

  private static final Logger logger = LoggerFactory.getLogger(ForwardAuth.class);

  private final Supplier<Gateway> gateway;
  private final Doors doors;
  private final HttpCallers callers;
  private final Executor virtualThreads;

  public ForwardAuth(
      Supplier<Gateway> gateway, Doors doors, HttpCallers callers, Executor virtualThreads) {
    this.gateway = gateway;
    this.doors = doors;
    this.callers = callers;
    this.virtualThreads = virtualThreads;
  }

  /** Where it is. Any method: some gateways ask with that of the request. */
  public HttpRoute route() {
    return new HttpRoute(
        PATH, Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), this);
  }

  @Override
  public void answer(HttpCall call) {
    String name = call.path().substring(PATH.length());
    callers.identifyGateway(
        call,
        by(call, gateway.get().doors().get(name)),
        caller -> answer(call, new Call(caller, name, call)));
  }

  /** How a gateway has to say who it is, even at a door that is not there; never as an app does. */
  private static HttpCallers.By by(HttpCall call, @Nullable Door door) {
    if (door == null || door.kind() != Door.Kind.FORWARD_AUTH) {
      return call.headers(HttpCallers.GATEWAY_AUTHORIZATION).isEmpty()
          ? HttpCallers.By.CERTIFICATE
          : HttpCallers.By.GATEWAY_TOKEN;
    }
    return switch (door.callerBy()) {
      case MTLS -> HttpCallers.By.CERTIFICATE;
      case TOKEN -> HttpCallers.By.GATEWAY_TOKEN;
      // Where nobody is asked, it does not matter; where everybody is, nobody gets in without.
      case NOBODY_ASKS -> HttpCallers.By.GATEWAY_TOKEN;
    };
  }

  private void answer(HttpCall http, Call call) {
    DoorAnswer known;
    try {
      known = doors.answerNow(call);
      // Whatever goes wrong, the gateway is told that it did.
    } catch (Throwable e) {
      fail(http, e);
      return;
    }
    if (known != null) {
      tell(http, known);
      return;
    }
    try {
      virtualThreads.execute(() -> answerLater(http, call));
    } catch (RejectedExecutionException e) {
      fail(http, e);
    }
  }

  private void answerLater(HttpCall http, Call call) {
    try {
      CompletableFuture<DoorAnswer> answer =
          doors.answer(call).copy().orTimeout(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
      var _ =
          answer.whenComplete((ready, failure) -> {
            if (failure == null) {
              tell(http, ready);
            } else {
              fail(http, failure);
            }
          });
      // Whatever goes wrong, the gateway is told that it did.
    } catch (Throwable e) {
      fail(http, e);
    }
  }

  private static void tell(HttpCall http, DoorAnswer answer) {
    switch (answer) {
      case DoorAnswer.Open _ -> http.answer(NO_CONTENT, NOBODY, NOTHING);
      case DoorAnswer.Allowed allowed ->
          http.answer(
              NO_CONTENT,
              List.of(
                  new HttpHeader(DoorAnswer.APP_HEADER, allowed.subject().app().value()),
                  new HttpHeader(DoorAnswer.ACCOUNT_HEADER, allowed.subject().account().value()),
                  new HttpHeader(DoorAnswer.SCOPES_HEADER, allowed.scopes()),
                  new HttpHeader(DoorAnswer.REVISION_HEADER, allowed.revision())),
              NOTHING);
      case DoorAnswer.Refused refused -> {
        // nginx makes an error of its own of all but 401 and 403.
        int status = refused.status() == BAD_REQUEST ? FORBIDDEN : refused.status();
        String challenge = refused.challenge();
        http.answer(
            status,
            challenge == null
                ? List.of(PROBLEM)
                : List.of(PROBLEM, new HttpHeader("WWW-Authenticate", challenge)),
            refused.body().getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  /** There is no deciding: neither yes nor no. */
  private static void fail(HttpCall http, Throwable why) {
    Throwable cause =
        why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
    String reason =
        switch (cause) {
          case RefusedException refused ->
              switch (refused.refusal()) {
                case Refusal.TooStale _ -> "STALE";
                case Refusal.Overloaded _ -> "OVERLOADED";
                default -> "STORE_UNAVAILABLE";
              };
          case TimeoutException _ -> "STORE_UNAVAILABLE";
          case RejectedExecutionException _ -> "SHUTTING_DOWN";
          default -> "";
        };
    if (reason.isEmpty()) {
      logger.atError().setCause(cause).log("a mistake of ours");
      http.refuse(INTERNAL_SERVER_ERROR);
    } else {
      Problem.of(SERVICE_UNAVAILABLE).with("reason", reason).answer(http, RETRY_AFTER);
    }
  }

  /** A question by a gateway. */
  private record Call(Caller caller, String door, HttpCall http) implements DoorCall {
    @Override
    public Door.Kind kind() {
      return Door.Kind.FORWARD_AUTH;
    }

    @Override
    public Map<String, String> said() {
      return Map.of();
    }

    @Override
    public AppRequest request(Door asked) throws NotLetThroughException {
      Door.Family family = asked.family();
      return new Request(
          http,
          required(http, family.method()),
          required(http, family.host()),
          required(http, family.uri()),
          http.headerNames());
    }

    @Override
    public @Nullable Map<String, ?> verified(String payload) {
      return null;
    }

    @Override
    public String principal() {
      return "";
    }
  }

  private static String required(HttpCall http, String name) throws NotLetThroughException {
    String value = one(http, name);
    if (value == null || value.isEmpty()) {
      throw new NotLetThroughException(
          Reason.UNSAFE_REQUEST, "the gateway must set `%s`".formatted(name));
    }
    return value;
  }

  private static @Nullable String one(HttpCall http, String name) throws NotLetThroughException {
    List<String> values = http.headers(name);
    if (values.size() > 1) {
      throw new NotLetThroughException(
          Reason.UNSAFE_REQUEST, "there is more than one `%s`".formatted(name));
    }
    return values.isEmpty() ? null : values.getFirst();
  }

  /** The request that is asked about. */
  private record Request(
      HttpCall http, String method, String host, String target, List<String> names)
      implements AppRequest {
    @Override
    public boolean has(String lowerCaseName) {
      for (int i = 0; i < names.size(); i++) {
        if (AppRequest.isLike(names.get(i), lowerCaseName)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public @Nullable String one(String lowerCaseName) throws NotLetThroughException {
      return ForwardAuth.one(http, lowerCaseName);
    }
  }
}
