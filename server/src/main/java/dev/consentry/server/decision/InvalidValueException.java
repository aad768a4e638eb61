package dev.consentry.server.decision;

/**
 * A value is not what its type allows. The message says what would be right, without naming the
 * field it came from.
 */
public final class InvalidValueException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String problem;

  public InvalidValueException(String problem) {
    super(problem);
    this.problem = problem;
  }

  /** What is wrong, and what would be right. */
  public String problem() {
    return problem;
  }
}
