package dev.consentry.server.http.authzen;

import dev.consentry.server.security.Caller;

/** Answers one kind of request. */
@FunctionalInterface
interface Endpoint {
  /**
   * Answers, now or later, here or on another thread. Called on the event loop, unless the body is
   * large: must not block. What it throws is told the caller.
   */
  void answer(Caller caller, byte[] body, Exchange exchange);
}
