package dev.consentry.server.store;

/**
 * A store could not be opened, backed up, restored or shortened. The message is for the operator:
 * it says where, why, and what to do.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreException(String message) {
    super(message);
  }

  StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
