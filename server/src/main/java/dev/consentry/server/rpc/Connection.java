package dev.consentry.server.rpc;

import dev.consentry.server.security.Authentication;
import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Credential;
import dev.consentry.server.security.Session;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a connection: the certificate that it began with, and who showed what on it
 * last, so that the next call with the same credential costs a comparison.
 */
class Connection {
  /** Credentials of one connection that are looked into at once; what comes beyond is shed. */
  static final int IDENTIFYING_MAX = 32;

  private final Credential.@Nullable Certificate certificate;
  private final Semaphore identifying = new Semaphore(IDENTIFYING_MAX);
  private volatile @Nullable Known last;

  /**
   * A connection.
   *
   * @param certificate of the other side, which has proved to own it; null if it showed none
   */
  Connection(@Nullable X509Certificate certificate) {
    this.certificate = certificate == null ? null : new Credential.Certificate(certificate);
  }

  final Credential.@Nullable Certificate certificate() {
    return certificate;
  }

  final Semaphore identifying() {
    return identifying;
  }

  final void remember(Known known) {
    last = known;
  }

  /** Who showed this here, if that still holds. */
  final @Nullable Known recall(Credential credential, long version, Instant now) {
    Known known = last;
    return known != null && known.holds(version, now) && isSame(known.credential, credential)
        ? known
        : null;
  }

  /** In a time that tells nothing of a token that another caller has shown on this connection. */
  boolean isSame(Credential one, Credential other) {
    return switch (one) {
      case Credential.Bearer(var known) ->
          other instanceof Credential.Bearer(var shown)
              && MessageDigest.isEqual(bytes(known), bytes(shown));
      // A connection has one for as long as it lives.
      case Credential.Certificate _ -> other instanceof Credential.Certificate;
    };
  }

  private static byte[] bytes(String token) {
    return token.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Who showed a credential.
   *
   * @param version of the {@link Authentication} before it was asked
   */
  record Known(Credential credential, Session session, long version) {
    /** Whether nothing has happened since that could have changed it. */
    boolean holds(long versionNow, Instant now) {
      return version == versionNow && now.isBefore(session.until());
    }

    Caller caller() {
      return session.caller();
    }
  }
}
