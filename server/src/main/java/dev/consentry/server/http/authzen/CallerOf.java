package dev.consentry.server.http.authzen;

import dev.consentry.server.http.HttpCall;
import dev.consentry.server.security.Caller;
import java.util.function.Consumer;

/** Asks who calls: here {@code authorization} is the caller's own. */
@FunctionalInterface
public interface CallerOf {
  /**
   * Hands over who calls, here or on another thread; or answers the call.
   *
   * @param then must not block
   */
  void identify(HttpCall call, Consumer<Caller> then);
}
