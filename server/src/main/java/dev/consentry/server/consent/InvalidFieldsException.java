package dev.consentry.server.consent;

import java.util.List;

/** A value has parts that are not what they may be: all of them, each by its path. */
public final class InvalidFieldsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Violation> violations;

  public InvalidFieldsException(List<Violation> violations) {
    super(violations.toString(), null, false, false);
    this.violations = violations;
  }

  public List<Violation> violations() {
    return violations;
  }
}
