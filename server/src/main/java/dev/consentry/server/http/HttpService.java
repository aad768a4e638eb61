package dev.consentry.server.http;

/** Answers requests to one path, or to all below it. */
@FunctionalInterface
public interface HttpService {
  /**
   * Answers, now or later, here or on another thread, in any case: until then the request counts as
   * under way, whether or not its client is still there. Called on the event loop: must not block.
   * What it throws becomes a 500.
   */
  void answer(HttpCall call);
}
