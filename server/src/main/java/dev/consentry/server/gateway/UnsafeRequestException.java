package dev.consentry.server.gateway;

/**
 * A request that no upstream should get: its path or its headers could mean two things. The message
 * is one sentence, bounded and of visible ASCII, and holds nothing of the request but numbers.
 */
public final class UnsafeRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Has no stack trace: clients make these at will.
   *
   * @param problem what is wrong, and no text of the request
   */
  public UnsafeRequestException(String problem) {
    super(problem, null, false, false);
  }

  /** What is wrong. */
  public String problem() {
    return String.valueOf(getMessage());
  }
}
