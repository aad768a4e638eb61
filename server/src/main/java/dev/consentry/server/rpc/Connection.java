package dev.consentry.server.rpc;

import dev.consentry.server.security.Caller;
import dev.consentry.server.security.Credential;
import dev.consentry.server.security.Session;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.cert.X509Certificate;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a connection: the certificate that it began with, and who showed what on it
 * last, so that the next call with the same credential costs a comparison.
 */
class Connection {
  /** Credentials of one connection that are looked into at once; what comes beyond is shed. */
  static final int IDENTIFYING_MAX = 32;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

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

  /**
   * Who showed this here, if that still holds.
   *
   * @param authorization null for the connection's certificate
   */
  final @Nullable Known recall(byte @Nullable [] authorization, long version, long nowMillis) {
    Known known = last;
    return known != null
            && known.holds(version, nowMillis)
            && isSame(known.authorization, authorization)
        ? known
        : null;
  }

  /**
   * In a time that tells nothing of a token but its length: others may share the connection. Eight
   * bytes at once, which {@link java.security.MessageDigest#isEqual} takes one by one.
   */
  // What is the same array needs no look at what is in it.
  @SuppressWarnings("ReferenceEquality")
  boolean isSame(byte @Nullable [] one, byte @Nullable [] other) {
    if (one == other) {
      return true;
    }
    if (one == null || other == null) {
      return false;
    }
    if (one.length != other.length) {
      return false;
    }
    long differences = 0;
    int i = 0;
    for (; i <= one.length - Long.BYTES; i += Long.BYTES) {
      differences |= (long) LONGS.get(one, i) ^ (long) LONGS.get(other, i);
    }
    for (; i < one.length; i++) {
      differences |= one[i] ^ other[i];
    }
    return differences == 0;
  }

  /** Who showed a credential. */
  static final class Known {
    private final byte @Nullable [] authorization;
    private final Caller caller;
    private final long version;
    private final long untilMillis;

    /**
     * Known as of now.
     *
     * @param authorization as it came; null for the connection's certificate
     * @param version of the {@link dev.consentry.server.security.Authentication} before it was
     *     asked
     * @param latestMillis until when it holds at most, whatever the session says
     */
    Known(byte @Nullable [] authorization, Session session, long version, long latestMillis) {
      this.authorization = authorization;
      this.caller = session.caller();
      this.version = version;
      this.untilMillis =
          session.until().getEpochSecond() > latestMillis / 1_000
              ? latestMillis
              : Math.min(latestMillis, session.until().toEpochMilli());
    }

    /** Whether nothing has happened since that could have changed it. */
    boolean holds(long versionNow, long nowMillis) {
      return version == versionNow && nowMillis < untilMillis;
    }

    byte @Nullable [] authorization() {
      return authorization;
    }

    Caller caller() {
      return caller;
    }
  }
}
