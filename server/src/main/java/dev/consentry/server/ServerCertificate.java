package dev.consentry.server;

import dev.consentry.server.http.HttpTls;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What the server shows and whom it believes, checked and ready for connections.
 *
 * @param leaf the server's own certificate
 * @param context for the gRPC port
 * @param http the same for the HTTP port
 */
record ServerCertificate(X509Certificate leaf, SslContext context, HttpTls http) {
  /**
   * For how long a session can be taken up again, without its certificates being looked at anew.
   */
  static final int SESSION_SECONDS_MAX = 60;

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /**
   * Files that belong together.
   *
   * @param clientCas null if clients are not asked for certificates
   */
  record Files(PemFile chain, PemFile key, @Nullable PemFile clientCas) {
    static Files read(Path chain, Path key, @Nullable Path clientCas) {
      return new Files(
          PemFile.read(chain),
          PemFile.read(key),
          clientCas == null ? null : PemFile.read(clientCas));
    }
  }

  /**
   * Checks the files.
   *
   * @param provider what computes; null for the fastest there is
   * @throws CommandFailedException if they are no good, or not now
   */
  static ServerCertificate of(Files files, Instant now, @Nullable SslProvider provider) {
    List<X509Certificate> chain = files.chain().certificates();
    X509Certificate leaf = chain.getFirst();
    requireValid(leaf, files.chain().path(), now);
    PrivateKey key = files.key().privateKey();
    if (!belongs(key, leaf.getPublicKey())) {
      throw new CommandFailedException(
          "the key in %s does not belong to the certificate in %s"
              .formatted(files.key().path(), files.chain().path()),
          null);
    }
    SslContextBuilder builder =
        SslContextBuilder.forServer(key, chain.toArray(X509Certificate[]::new))
            .protocols(PROTOCOLS)
            .sessionTimeout(SESSION_SECONDS_MAX);
    if (provider == null) {
      GrpcSslContexts.configure(builder);
    } else {
      GrpcSslContexts.configure(builder, provider);
    }
    List<X509Certificate> clientCas =
        files.clientCas() == null ? List.of() : files.clientCas().certificates();
    if (!clientCas.isEmpty()) {
      // A caller may show a token instead, so that a connection without a certificate is let in.
      builder
          .clientAuth(ClientAuth.OPTIONAL)
          .trustManager(clientCas.toArray(X509Certificate[]::new));
    }
    try {
      return new ServerCertificate(leaf, builder.build(), HttpTls.of(chain, key, clientCas));
    } catch (SSLException | GeneralSecurityException | IllegalArgumentException e) {
      throw new CommandFailedException(
          "the certificate in %s cannot be used for TLS: %s"
              .formatted(files.chain().path(), e.getMessage()),
          e);
    }
  }

  private static void requireValid(X509Certificate leaf, Path path, Instant now) {
    try {
      leaf.checkValidity(Date.from(now));
    } catch (CertificateExpiredException e) {
      throw new CommandFailedException(
          "the certificate in %s has expired at %s".formatted(path, leaf.getNotAfter().toInstant()),
          e);
    } catch (CertificateNotYetValidException e) {
      throw new CommandFailedException(
          "the certificate in %s is not valid before %s"
              .formatted(path, leaf.getNotBefore().toInstant()),
          e);
    }
  }

  /** Whether what the one signs the other verifies. */
  private static boolean belongs(PrivateKey secret, PublicKey known) {
    if (!secret.getAlgorithm().equals(known.getAlgorithm())) {
      return false;
    }
    try {
      byte[] text = "whose key is this?".getBytes(StandardCharsets.US_ASCII);
      var signature =
          Signature.getInstance(
              secret.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
      signature.initSign(secret);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(known);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
