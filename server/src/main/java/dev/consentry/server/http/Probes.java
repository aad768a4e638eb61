package dev.consentry.server.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What says whether the server lives, and whether it should be asked. Liveness does not depend on
 * the store: the process is there, or there is no answer.
 */
public final class Probes {
  private static final Set<String> METHODS = Set.of("GET", "HEAD");
  private static final List<HttpHeader> TEXT =
      List.of(new HttpHeader("Content-Type", "text/plain;charset=utf-8"));
  private static final byte[] LIVE = text("live");
  private static final byte[] READY = text("ready");
  private static final byte[] NOT_READY = text("not ready");

  private Probes() {}

  /** {@code /livez}, and {@code /readyz}: 200, or 503 while it is not ready. */
  public static List<HttpRoute> routes(BooleanSupplier isReady) {
    return List.of(
        new HttpRoute("/livez", METHODS, call -> call.answer(200, TEXT, LIVE)),
        new HttpRoute(
            "/readyz",
            METHODS,
            call -> {
              boolean ready = isReady.getAsBoolean();
              call.answer(ready ? 200 : 503, TEXT, ready ? READY : NOT_READY);
            }));
  }

  private static byte[] text(String line) {
    return (line + "\n").getBytes(StandardCharsets.US_ASCII);
  }
}
