package dev.consentry.cli;

/** What the command tells a script. */
final class ExitCode {
  /** Done, or ALLOW. */
  static final int DONE = 0;

  /** DENY. */
  static final int DENIED = 1;

  /** Anything else: wrong usage, no answer, an answer that is no decision, a prompt declined. */
  static final int FAILED = 2;

  private ExitCode() {}
}
