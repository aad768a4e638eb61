package dev.consentry.server.http.authzen;

import dev.consentry.server.http.HttpCall;
import dev.consentry.server.http.HttpHeader;
import dev.consentry.server.http.HttpLimits;
import dev.consentry.server.http.HttpService;
import dev.consentry.server.security.Caller;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What every request passes: it has an id that can be sent back, it is a POST, its caller is known,
 * it says that it is JSON, and it is all there. A body is taken only from a known caller, who is
 * asked for again where the body had to be waited for.
 */
final class Entrance implements HttpService {
  /** Larger requests are left to other threads: reading them takes as long as many calls. */
  static final int BYTES_AT_ONCE_MAX = 4 << 10;

  private static final String METHOD = "POST";
  private static final String JSON = "application/json";

  private final CallerOf callers;
  private final Executor virtualThreads;
  private final Faults faults;
  private final Endpoint endpoint;

  Entrance(CallerOf callers, Executor virtualThreads, Faults faults, Endpoint endpoint) {
    this.callers = callers;
    this.virtualThreads = virtualThreads;
    this.faults = faults;
    this.endpoint = endpoint;
  }

  @Override
  public void answer(HttpCall call) {
    Exchange exchange = Exchange.begin(call, faults);
    if (exchange == null) {
      return;
    }
    if (call.method().equals(METHOD)) {
      identified(exchange, caller -> read(caller, exchange));
    } else {
      exchange.refuse(
          faults.counted(
              new Fault(
                  Fault.METHOD_NOT_ALLOWED, "INVALID_REQUEST", "the method must be POST", null)),
          new HttpHeader("Allow", METHOD));
    }
  }

  /** Goes on with whoever calls, here or, if that has to be found out, on another thread. */
  private void identified(Exchange exchange, Consumer<Caller> then) {
    exchange.attempt(() -> {
      Caller known = callers.known(exchange.call());
      if (known == null) {
        exchange.attemptOn(virtualThreads, () -> then.accept(callers.identify(exchange.call())));
      } else {
        then.accept(known);
      }
    });
  }

  private void read(Caller caller, Exchange exchange) {
    if (!isJson(exchange.call().headers("content-type"))) {
      exchange.refuse(
          faults.counted(
              Fault.badRequest("`Content-Type` must be application/json, once, in UTF-8")));
      return;
    }
    var waited = new AtomicBoolean();
    exchange
        .call()
        .readBody(
            HttpLimits.BODY_BYTES_MAX,
            body -> {
              if (waited.get()) {
                identified(exchange, now -> answer(now, body, exchange));
              } else {
                answer(caller, body, exchange);
              }
            });
    waited.set(true);
  }

  private void answer(Caller caller, byte[] body, Exchange exchange) {
    if (body.length > BYTES_AT_ONCE_MAX) {
      exchange.attemptOn(virtualThreads, () -> endpoint.answer(caller, body, exchange));
    } else {
      exchange.attempt(() -> endpoint.answer(caller, body, exchange));
    }
  }

  /** RFC 9110 §8.3.1, with no other parameter than {@code charset=utf-8}. */
  static boolean isJson(List<String> contentTypes) {
    if (contentTypes.size() != 1) {
      return false;
    }
    String[] parts = contentTypes.getFirst().toLowerCase(Locale.ROOT).split(";", -1);
    if (parts.length > 2 || !parts[0].strip().equals(JSON)) {
      return false;
    }
    String parameter = parts.length == 1 ? "" : parts[1].strip();
    return parts.length == 1
        || parameter.equals("charset=utf-8")
        || parameter.equals("charset=\"utf-8\"");
  }
}
