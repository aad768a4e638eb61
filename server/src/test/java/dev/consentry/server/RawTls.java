package dev.consentry.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/** A client of TLS alone, which takes its sessions up again if the server lets it. */
final class RawTls {
  private static final int READ_MILLIS_MAX = 20_000;

  private final InetSocketAddress server;
  private final SSLContext context;
  private final SSLParameters parameters;

  RawTls(
      InetSocketAddress server,
      TestAuthority trusted,
      TestAuthority.@Nullable Issued shown,
      String version,
      String... protocols) {
    this.server = server;
    this.context = context(trusted, shown);
    this.parameters = context.getSupportedSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(protocols.length == 0 ? new String[] {"h2"} : protocols);
  }

  /** The session of a connection on which the server has said something; null if it does not. */
  @Nullable SSLSession connect() {
    try (var socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    new Socket(server.getAddress(), server.getPort()),
                    "127.0.0.1",
                    server.getPort(),
                    true)) {
      socket.setSoTimeout(READ_MILLIS_MAX);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getInputStream().read() < 0 ? null : socket.getSession();
    } catch (SSLException | SocketException e) {
      // A server that refuses may have gone before its word is read.
      return null;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SSLContext context(TestAuthority trusted, TestAuthority.@Nullable Issued shown) {
    try {
      var authorities = KeyStore.getInstance(KeyStore.getDefaultType());
      authorities.load(null, null);
      authorities.setCertificateEntry("it", trusted.certificate());
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(authorities);
      var context = SSLContext.getInstance("TLS");
      context.init(
          shown == null ? null : new KeyManager[] {new AlwaysShown(shown)},
          trust.getTrustManagers(),
          null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Shows a certificate whatever authorities the server names: a well-behaved client would not. */
  static final class AlwaysShown extends X509ExtendedKeyManager {
    private static final String ALIAS = "it";
    private final TestAuthority.Issued shown;

    AlwaysShown(TestAuthority.Issued shown) {
      this.shown = shown;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
      return ALIAS;
    }

    @Override
    public String chooseEngineClientAlias(
        String[] keyTypes, Principal[] issuers, SSLEngine engine) {
      return ALIAS;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal[] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {shown.certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return shown.keys().getPrivate();
    }
  }
}
