package dev.consentry.server.security;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import org.jspecify.annotations.Nullable;

/** Tells who shows a credential. */
public interface Authentication {
  /**
   * Whether it is for this to say whom such a credential names, even if only that it is no good.
   */
  boolean takes(Credential credential);

  /**
   * Who shows it, if that takes no waiting and no long computing; called on an event loop.
   *
   * @return null if {@link #identify} has to be asked
   * @throws RefusedException as that does
   */
  @Nullable Session known(Credential credential);

  /**
   * Who shows it. May wait, for a bounded time.
   *
   * @throws RefusedException {@link Refusal.Unauthenticated} if it is no good; {@link
   *     Refusal.NotAllowed} if it is, but nobody has been told that its owner may do anything
   */
  Session identify(Credential credential);

  /** A higher number than before once what was told earlier may no longer hold. */
  long version();
}
