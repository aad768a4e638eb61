package dev.consentry.cli;

import dev.consentry.client.ConsentryClient;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What is believed, and what is shown. */
final class AccessOptions {
  @Option(
      names = "--tls",
      scope = ScopeType.INHERIT,
      description = "Encrypt, and believe the certificate authorities that Java believes.")
  private boolean tls;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Encrypt, and believe the certificate authorities in this file (PEM) alone.")
  private @Nullable Path ca;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Encrypt, and show the certificate in this file (PEM), with --key.")
  private @Nullable Path certificate;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The private key of --cert (PEM, PKCS#8).")
  private @Nullable Path key;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Show the token in this file. Needs encryption, but on the loopback.")
  private @Nullable Path tokenFile;

  /** Gives a client these settings. */
  void applyTo(ConsentryClient.Builder builder) {
    if (tls) {
      builder.tls();
    }
    if (ca != null) {
      builder.caCertificates(ca);
    }
    if (certificate != null && key != null) {
      builder.clientCertificate(certificate, key);
    } else if (certificate != null || key != null) {
      throw new CommandFailure("--cert and --key go together: a certificate, and its private key");
    }
    if (tokenFile != null) {
      builder.tokenFile(tokenFile);
    }
  }

  /** Whether connections are encrypted. */
  boolean encrypts() {
    return tls || ca != null || certificate != null;
  }

  /** What to do about settings that the client does not take; empty if their problem says it. */
  String adviceOnSettings() {
    return tokenFile != null && !encrypts()
        ? "\nadd --ca FILE, or --tls, if the certificate authorities that Java believes will do"
        : "";
  }

  /** What to do if the server does not know who this is. */
  String adviceOnUnauthenticated() {
    if (tokenFile != null) {
      return "The token in "
          + Names.printable(tokenFile.toString())
          + " is no good there: it may have expired, or be meant for another server.";
    }
    if (certificate != null) {
      return "The certificate in "
          + Names.printable(certificate.toString())
          + " is no good there: it names nobody that the server knows.";
    }
    return "No credential was sent: --token-file FILE, or --cert FILE and --key FILE.";
  }
}
