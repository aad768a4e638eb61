package dev.consentry.server.gateway;

/** A request does not get through a door, whatever is granted. No bug, and no trace of a stack. */
public final class NotLetThroughException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /**
   * Not let through.
   *
   * @param detail what is wrong, and what would be right; goes back to whoever asked
   */
  public NotLetThroughException(Reason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }
}
