package dev.consentry.client;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the certificate that is in a file when a connection begins; the one of before while the
 * files are no good, as when they are just being written. It is shown whatever authorities the
 * server names: a server that refuses it says more than one that has not seen it.
 */
final class FileKeyManager extends X509ExtendedKeyManager {
  private final Path certificateFile;
  private final Path keyFile;
  private Identity latest;
  private @Nullable Identity previous;

  /**
   * A certificate and its key.
   *
   * @param alias no other has it
   */
  private record Identity(String alias, List<X509Certificate> chain, PrivateKey key) {}

  /**
   * @throws IllegalArgumentException if the files are no good
   */
  FileKeyManager(Path certificateFile, Path keyFile) {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.latest = read();
  }

  private Identity read() {
    List<X509Certificate> chain = PemFile.read(certificateFile).certificates();
    PrivateKey key = PemFile.read(keyFile).privateKey();
    if (!belongs(key, chain.get(0).getPublicKey())) {
      throw new IllegalArgumentException(
          "the key in `"
              + keyFile
              + "` does not belong to the certificate in `"
              + certificateFile
              + "`");
    }
    return new Identity(chain.get(0).getSerialNumber().toString(), chain, key);
  }

  /** Whether what the one signs the other verifies. */
  private static boolean belongs(PrivateKey secret, PublicKey known) {
    if (!secret.getAlgorithm().equals(known.getAlgorithm())) {
      return false;
    }
    try {
      byte[] text = "whose key is this?".getBytes(StandardCharsets.US_ASCII);
      Signature signature =
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

  /** The name of what is in the files now; what was given before keeps its own for a while. */
  private synchronized String current() {
    try {
      Identity now = read();
      if (!now.alias.equals(latest.alias)) {
        previous = latest;
      }
      latest = now;
    } catch (IllegalArgumentException e) {
      // What is there is no good yet, or no longer: the one of before may still be.
    }
    return latest.alias;
  }

  private synchronized @Nullable Identity named(String alias) {
    if (latest.alias.equals(alias)) {
      return latest;
    }
    return previous != null && previous.alias.equals(alias) ? previous : null;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return new String[] {current()};
  }

  @Override
  public String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return current();
  }

  @Override
  public String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    return current();
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    @Nullable Identity identity = named(alias);
    return identity == null ? null : identity.chain.toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    @Nullable Identity identity = named(alias);
    return identity == null ? null : identity.key;
  }

  /** Only clients have this. */
  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  /** Likewise. */
  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
