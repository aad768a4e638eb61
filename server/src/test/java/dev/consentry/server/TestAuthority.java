package dev.consentry.server;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates, and the files that they come in. Each one has a key of its own. */
public final class TestAuthority {
  private static final Duration LIFE = Duration.ofHours(1);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Issued root;

  private TestAuthority(Issued root) {
    this.root = root;
  }

  /** A certificate and its key. */
  public record Issued(X509Certificate certificate, KeyPair keys) {
    /** Writes both, the key as PKCS#8. */
    public void write(Path certificateFile, Path keyFile) {
      writeAll(certificateFile, pem(certificate));
      writeAll(keyFile, keyPem());
    }

    /** The key as PKCS#8. */
    public String keyPem() {
      try {
        return pem(new JcaPKCS8Generator(keys.getPrivate(), null));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The key as older tools write it. */
    public String oldKeyPem() {
      return pem(keys.getPrivate());
    }
  }

  /** A new one, that signs its own certificate. */
  public static TestAuthority named(String name) {
    KeyPair keys = keys("EC", 256);
    var subject = new X500Principal("CN=" + name);
    Instant now = Instant.now();
    return new TestAuthority(
        new Issued(
            sign(subject, keys, subject, keys, now.minus(LIFE), now.plus(LIFE), true), keys));
  }

  public static GeneralName dns(String name) {
    return new GeneralName(GeneralName.dNSName, name);
  }

  public static GeneralName uri(String uri) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
  }

  public static GeneralName ip(String address) {
    return new GeneralName(GeneralName.iPAddress, address);
  }

  /** What servers of this machine are named. */
  public static GeneralName[] loopback() {
    return new GeneralName[] {dns("localhost"), ip("127.0.0.1")};
  }

  public X509Certificate certificate() {
    return root.certificate;
  }

  /** Writes the authority's own certificate. */
  public void write(Path file) {
    writeAll(file, pem(root.certificate));
  }

  /** A certificate with these alternative names, good from an hour ago for an hour. */
  public Issued issue(GeneralName... names) {
    Instant now = Instant.now();
    return issue("EC", 256, now.minus(LIFE), now.plus(LIFE), names);
  }

  /** A certificate that is good for this time. */
  public Issued issue(Instant from, Instant to, GeneralName... names) {
    return issue("EC", 256, from, to, names);
  }

  /** A certificate with a key of this kind. */
  public Issued issue(String algorithm, int bits, Instant from, Instant to, GeneralName... names) {
    KeyPair keys = keys(algorithm, bits);
    var subject = new X500Principal("CN=leaf");
    X500Principal issuer = root.certificate.getSubjectX500Principal();
    return new Issued(sign(issuer, root.keys, subject, keys, from, to, false, names), keys);
  }

  private static X509Certificate sign(
      X500Principal issuer,
      KeyPair issuerKeys,
      X500Principal subject,
      KeyPair keys,
      Instant from,
      Instant to,
      boolean authority,
      GeneralName... names) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              new BigInteger(64, RANDOM).setBit(64),
              Date.from(from.truncatedTo(ChronoUnit.SECONDS)),
              Date.from(to.truncatedTo(ChronoUnit.SECONDS)),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (names.length > 0) {
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      }
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate());
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair keys(String algorithm, int bits) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** These, one after another. */
  public static String pem(Object... parts) {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      for (Object part : Arrays.asList(parts)) {
        writer.writeObject(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  static void writeAll(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
