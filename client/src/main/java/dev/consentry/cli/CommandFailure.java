package dev.consentry.cli;

/** Ends a command with a message for the person who gave it. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  CommandFailure(String message) {
    super(message);
  }
}
