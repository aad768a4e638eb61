package dev.consentry.server.http.authzen;

import dev.consentry.server.http.HttpCall;
import dev.consentry.server.http.HttpHeader;
import dev.consentry.server.http.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One request and its answer, which bears the request's own id, whatever it says. */
final class Exchange {
  static final String REQUEST_ID = "X-Request-ID";
  static final int REQUEST_ID_CHARACTERS_MAX = 256;

  private static final List<HttpHeader> JSON =
      List.of(new HttpHeader("Content-Type", "application/json"));
  private static final int OK = 200;

  private final HttpCall call;
  private final Faults faults;

  private Exchange(HttpCall call, Faults faults) {
    this.call = call;
    this.faults = faults;
  }

  /** Begins it; null if that has been refused because the request's id cannot be sent back. */
  static @Nullable Exchange begin(HttpCall call, Faults faults) {
    var exchange = new Exchange(call, faults);
    List<String> ids = call.headers(REQUEST_ID);
    if (ids.isEmpty()) {
      return exchange;
    }
    HttpHeader id = ids.size() == 1 ? sendable(ids.getFirst()) : null;
    if (id == null) {
      exchange.refuse(
          faults.counted(
              Fault.badRequest(
                  "`%s` must be one, of at most %d characters of ASCII"
                      .formatted(REQUEST_ID, REQUEST_ID_CHARACTERS_MAX))));
      return null;
    }
    call.always(id);
    return exchange;
  }

  private static @Nullable HttpHeader sendable(String id) {
    if (id.length() > REQUEST_ID_CHARACTERS_MAX) {
      return null;
    }
    try {
      return new HttpHeader(REQUEST_ID, id);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  HttpCall call() {
    return call;
  }

  /** Answers with JSON. */
  void answer(byte[] json) {
    call.answer(OK, JSON, json);
  }

  /** Runs a part of the work; whatever goes wrong, the caller is told that it did. */
  void attempt(Runnable work) {
    try {
      work.run();
      // Whatever it is.
    } catch (Throwable e) {
      fail(e);
    }
  }

  /** The same elsewhere. */
  void attemptOn(Executor executor, Runnable work) {
    attempt(() -> executor.execute(() -> attempt(work)));
  }

  /** Tells what was thrown. */
  void fail(Throwable thrown) {
    refuse(faults.of(thrown));
  }

  void refuse(Fault fault, HttpHeader... more) {
    var headers = new ArrayList<HttpHeader>(List.of(more));
    if (fault.status() == Fault.UNAUTHORIZED) {
      headers.add(challenge());
    }
    if (fault.retryAfter() != null) {
      headers.add(
          new HttpHeader(
              "Retry-After", Long.toString(fault.retryAfterSeconds(fault.retryAfter()))));
    }
    var members = new LinkedHashMap<String, Object>();
    members.put("detail", fault.detail());
    members.put("reason", fault.reason());
    new Problem(fault.status(), members).answer(call, headers.toArray(HttpHeader[]::new));
  }

  /* RFC 6750 §3: who showed nothing is not told that it was no good. */
  private HttpHeader challenge() {
    boolean shown = !call.headers("authorization").isEmpty();
    return new HttpHeader("WWW-Authenticate", shown ? "Bearer error=\"invalid_token\"" : "Bearer");
  }
}
