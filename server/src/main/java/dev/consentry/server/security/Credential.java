package dev.consentry.server.security;

import java.security.cert.X509Certificate;

/** What a caller shows. Its text never tells a secret. */
public sealed interface Credential {
  /**
   * A token, as it stands behind {@code Bearer} in {@code authorization} (RFC 6750 §2.1).
   *
   * @param token neither checked nor bounded
   */
  record Bearer(String token) implements Credential {
    @Override
    public String toString() {
      return "Bearer of " + token.length() + " characters";
    }
  }

  /** The certificate of a connection, whose chain and key TLS has verified when it began. */
  record Certificate(X509Certificate certificate) implements Credential {
    @Override
    public String toString() {
      return "Certificate " + certificate.getSerialNumber().toString(16);
    }
  }
}
