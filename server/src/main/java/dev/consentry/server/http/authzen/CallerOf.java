package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.http.HttpCall;
import dev.consentry.server.security.Caller;
import org.jspecify.annotations.Nullable;

/**
 * Tells who calls: by the client certificate, or by {@code authorization}, which is the caller's
 * own.
 */
public interface CallerOf {
  /** Who asks for what is being asked of the store on this thread. */
  ScopedValue<Caller> CURRENT = ScopedValue.newInstance();

  /**
   * Who calls, if that takes no waiting; called on the event loop.
   *
   * @return null if {@link #identify} has to be asked
   * @throws RefusedException as that does
   */
  @Nullable Caller known(HttpCall call);

  /**
   * Who calls. May wait, for a bounded time.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if there is no credential or it is no
   *     good; {@link Refusal.NotAllowed} if it is, but its owner may do nothing
   */
  Caller identify(HttpCall call);
}
