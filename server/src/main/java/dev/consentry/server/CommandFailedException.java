package dev.consentry.server;

import org.jspecify.annotations.Nullable;

/** A command cannot do what it was asked to, for a reason that its user can act on. */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message a sentence for the user
   */
  CommandFailedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
