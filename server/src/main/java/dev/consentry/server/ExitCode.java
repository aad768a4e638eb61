package dev.consentry.server;

/** What the process ends with. */
final class ExitCode {
  /** Done, or stopped when told to. */
  static final int OK = 0;

  /** It could not start, or the command failed. */
  static final int FAILED = 1;

  /** The command line or the configuration cannot be used. */
  static final int USAGE = 2;

  /**
   * It stopped by itself, because it could no longer keep its promises: the store failed, or (by
   * {@code -XX:+ExitOnOutOfMemoryError}, which has this number too) memory ran out.
   */
  static final int FAIL_STOP = 3;

  private ExitCode() {}
}
