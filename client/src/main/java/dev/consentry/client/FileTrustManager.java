package dev.consentry.client;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes the authorities that are in a file when a connection begins; those of before while the
 * file is no good. How it believes, host names included, is Java's own way.
 */
final class FileTrustManager extends X509ExtendedTrustManager {
  private final Path file;
  private volatile Trust latest;

  /** What these authorities make believe. */
  private record Trust(List<X509Certificate> authorities, X509ExtendedTrustManager manager) {
    static Trust in(List<X509Certificate> authorities) {
      try {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (X509Certificate authority : authorities) {
          store.setCertificateEntry(Integer.toString(store.size()), authority);
        }
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
          if (manager instanceof X509ExtendedTrustManager extended) {
            return new Trust(authorities, extended);
          }
        }
        throw new IllegalStateException("this Java has no X509ExtendedTrustManager");
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /**
   * @throws IllegalArgumentException if the file is no good
   */
  FileTrustManager(Path file) {
    this.file = file;
    this.latest = Trust.in(PemFile.read(file).certificates());
  }

  private X509ExtendedTrustManager current() {
    try {
      List<X509Certificate> authorities = PemFile.read(file).certificates();
      if (!authorities.equals(latest.authorities)) {
        latest = Trust.in(authorities);
      }
    } catch (IllegalArgumentException e) {
      // What is there is no good yet, or no longer: those of before count.
    }
    return latest.manager;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    current().checkServerTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    current().checkServerTrusted(chain, authType, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    current().checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("not for servers");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("not for servers");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("not for servers");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return latest.manager.getAcceptedIssuers();
  }
}
