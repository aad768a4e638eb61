package dev.consentry.server.security;

/** The keys of the issuer cannot be had, so that no token could be told from a forged one. */
public final class JwtKeysException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Is told as it is.
   *
   * @param problem a sentence for whoever starts the server
   */
  JwtKeysException(String problem) {
    super(problem, null, false, false);
  }
}
