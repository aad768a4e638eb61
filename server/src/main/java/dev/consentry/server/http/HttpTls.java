package dev.consentry.server.http;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * What the port shows of itself to clients, and whom it believes: ready for connections, and never
 * changed. A port that gets another for new connections resumes no session of this one.
 */
public final class HttpTls {
  /** For sessions that are taken up again: their certificates are not looked at anew. */
  private static final int SESSION_SECONDS_MAX = 60;

  /** A key store in memory wants a password, but nobody else sees it. */
  private static final char[] NO_PASSWORD = new char[0];

  private final SSLContext context;
  private final boolean asksClients;

  private HttpTls(SSLContext context, boolean asksClients) {
    this.context = context;
    this.asksClients = asksClients;
  }

  /**
   * Checks that they can be used.
   *
   * @param chain the server's certificate, then those between it and its authority
   * @param clientAuthorities of certificates that clients may show; if empty, they are not asked
   */
  public static HttpTls of(
      List<X509Certificate> chain, PrivateKey key, List<X509Certificate> clientAuthorities)
      throws GeneralSecurityException {
    KeyStore own = emptyStore();
    own.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, NO_PASSWORD);
    KeyStore believed = emptyStore();
    for (X509Certificate authority : clientAuthorities) {
      believed.setCertificateEntry("authority-" + believed.size(), authority);
    }
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), believing(believed), null);
    context.getServerSessionContext().setSessionTimeout(SESSION_SECONDS_MAX);
    return new HttpTls(context, believed.size() > 0);
  }

  private static KeyStore emptyStore() throws GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try {
      store.load(null, NO_PASSWORD);
      return store;
    } catch (IOException e) {
      throw new IllegalStateException("nothing is read", e);
    }
  }

  /** Nobody if the store is empty, rather than everybody whom the JDK believes. */
  private static TrustManager[] believing(KeyStore authorities) throws GeneralSecurityException {
    if (authorities.size() == 0) {
      return new TrustManager[0];
    }
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(authorities);
    return trust.getTrustManagers();
  }

  SSLContext context() {
    return context;
  }

  boolean asksClients() {
    return asksClients;
  }
}
