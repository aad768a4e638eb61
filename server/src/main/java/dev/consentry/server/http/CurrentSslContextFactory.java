package dev.consentry.server.http;

import java.net.InetSocketAddress;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Gives each connection what is current when it begins. */
final class CurrentSslContextFactory extends SslContextFactory.Server {
  /** As on the gRPC port: forward secrecy and authenticated encryption (RFC 9113, 9.2.2). */
  private static final String[] CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
  };

  private final Supplier<HttpTls> current;

  CurrentSslContextFactory(Supplier<HttpTls> current) {
    this.current = current;
    HttpTls first = current.get();
    setSslContext(first.context());
    setIncludeProtocols("TLSv1.3", "TLSv1.2");
    setIncludeCipherSuites(CIPHER_SUITES);
    setRenegotiationAllowed(false);
    // A caller may show a token instead, so that a connection without a certificate is let in.
    setWantClientAuth(first.asksClients());
  }

  @Override
  public SSLEngine newSSLEngine() {
    SSLEngine engine = current.get().context().createSSLEngine();
    customize(engine);
    return engine;
  }

  // Who the client is said to be means nothing to a server.
  @Override
  public SSLEngine newSSLEngine(String host, int port) {
    return newSSLEngine();
  }

  @Override
  public SSLEngine newSSLEngine(InetSocketAddress client) {
    return newSSLEngine();
  }
}
