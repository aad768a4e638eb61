package dev.consentry.server.http.authzen;

import dev.consentry.server.http.HttpCall;
import dev.consentry.server.http.HttpHeader;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A request without a port. Its body is there at once, unless it is held back. */
final class FakeCall implements HttpCall {
  private static final int ANSWER_SECONDS_MAX = 10;

  private final String method;
  private final String path;
  private final byte[] body;
  private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final CompletableFuture<Reply> reply = new CompletableFuture<>();
  private final List<HttpHeader> always = new ArrayList<>();
  private @Nullable Consumer<byte[]> waiting;
  private boolean held;

  FakeCall(String method, String path, byte[] body) {
    this.method = method;
    this.path = path;
    this.body = body;
  }

  FakeCall with(String name, String value) {
    headers.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    return this;
  }

  /** From now on whoever wants the body has to wait for {@link #send}. */
  FakeCall holdingBody() {
    held = true;
    return this;
  }

  /** Whether somebody waits for the body. */
  boolean isAwaited() {
    return waiting != null;
  }

  void send() {
    if (waiting == null) {
      throw new AssertionError("nobody waits for the body");
    }
    waiting.accept(body);
  }

  Reply reply() {
    try {
      return reply.get(ANSWER_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }

  boolean isAnswered() {
    return reply.isDone();
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public @Nullable String query() {
    return null;
  }

  @Override
  public List<String> headers(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  @Override
  public List<String> headerNames() {
    return List.copyOf(headers.keySet());
  }

  @Override
  public @Nullable X509Certificate certificate() {
    return null;
  }

  @Override
  public void readBody(int bytesMax, Consumer<byte[]> then) {
    if (body.length > bytesMax) {
      refuse(413);
    } else if (held) {
      waiting = then;
    } else {
      then.accept(body);
    }
  }

  @Override
  public void always(HttpHeader header) {
    always.add(header);
  }

  @Override
  public void answer(int status, List<HttpHeader> answered, byte[] answer) {
    var all = new ArrayList<HttpHeader>(always);
    all.addAll(answered);
    if (!reply.complete(new Reply(status, all, answer))) {
      throw new AssertionError("answered twice");
    }
  }
}
