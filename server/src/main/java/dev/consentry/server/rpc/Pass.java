package dev.consentry.server.rpc;

import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.security.Caller;
import org.jspecify.annotations.Nullable;

/** By what a call goes on: its caller, for as long as the credential is good. */
interface Pass {
  /** Of whoever reaches a server that asks nobody. */
  Pass LOCAL =
      new Pass() {
        @Override
        public Caller caller() {
          return Caller.LOCAL;
        }

        @Override
        public Caller known() {
          return Caller.LOCAL;
        }

        @Override
        public Caller identify() {
          return Caller.LOCAL;
        }
      };

  /** Who it was when that was last looked into. */
  Caller caller();

  /**
   * Who it is now, without waiting.
   *
   * @return null if {@link #identify} has to be asked
   * @throws RefusedException if the credential is no good any more
   */
  @Nullable Caller known();

  /**
   * Who it is now. May wait; whoever asks meanwhile gets the same answer.
   *
   * @throws RefusedException if the credential is no good any more
   */
  Caller identify();
}
