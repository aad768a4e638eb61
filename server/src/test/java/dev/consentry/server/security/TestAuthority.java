package dev.consentry.server.security;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that signs whatever certificate a test asks for, right or wrong. */
public final class TestAuthority {
  private static final AtomicLong serials = new AtomicLong(1);

  private final X500Name name;
  private final KeyPair keys = newKeys();
  private final X509Certificate certificate;

  private TestAuthority(String name) {
    this.name = new X500Name("CN=" + name);
    this.certificate =
        new Request(this)
            .subject(name)
            .usage(KeyUsage.keyCertSign | KeyUsage.cRLSign)
            .authority(true)
            .sign(keys);
  }

  /** One that has signed itself. */
  public static TestAuthority create(String name) {
    return new TestAuthority(name);
  }

  public X509Certificate certificate() {
    return certificate;
  }

  /** Writes its certificate, which whoever trusts it needs. */
  public Path write(Path file) {
    return writePem(file, certificate);
  }

  /** A certificate to be described and then signed; valid from an hour ago for a day. */
  public Request request() {
    return new Request(this);
  }

  /** A certificate with its key. */
  public record Issued(PrivateKey key, X509Certificate certificate) {
    public Path writeCertificate(Path file) {
      return writePem(file, certificate);
    }

    /** In PKCS #8, not encrypted. */
    public Path writeKey(Path file) {
      try {
        return writePem(file, new JcaPKCS8Generator(key, null));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What a certificate will say. */
  public static final class Request {
    private final TestAuthority authority;
    private final List<GeneralName> names = new ArrayList<>();
    private String subject = "test";
    private Instant notBefore = Instant.now().minus(Duration.ofHours(1));
    private Instant notAfter = notBefore.plus(Duration.ofDays(1));
    private int usage = KeyUsage.digitalSignature;
    private boolean isAuthority;

    private Request(TestAuthority authority) {
      this.authority = authority;
    }

    /** The common name. */
    public Request subject(String commonName) {
      subject = commonName;
      return this;
    }

    /** Adds a URI, each of its characters a byte, whatever it is. */
    public Request uri(String uri) {
      return name(GeneralName.uniformResourceIdentifier, new DERIA5String(uri));
    }

    /** Adds a DNS name, each of its characters a byte, whatever it is. */
    public Request dns(String host) {
      return name(GeneralName.dNSName, new DERIA5String(host));
    }

    /** Adds an IP address. */
    public Request ip(String address) {
      names.add(new GeneralName(GeneralName.iPAddress, address));
      return this;
    }

    /** Adds a name of some kind ({@link GeneralName}). */
    public Request name(int kind, ASN1Encodable value) {
      names.add(new GeneralName(kind, value));
      return this;
    }

    public Request valid(Instant from, Instant to) {
      notBefore = from;
      notAfter = to;
      return this;
    }

    /** The bits of {@link KeyUsage}. */
    public Request usage(int bits) {
      usage = bits;
      return this;
    }

    /** Whether it says that it may sign others. */
    public Request authority(boolean is) {
      isAuthority = is;
      return this;
    }

    /** A new key, and the certificate for it. */
    public Issued issue() {
      KeyPair leaf = newKeys();
      return new Issued(leaf.getPrivate(), sign(leaf));
    }

    private X509Certificate sign(KeyPair owner) {
      try {
        var builder =
            new JcaX509v3CertificateBuilder(
                authority.name,
                BigInteger.valueOf(serials.getAndIncrement()),
                Date.from(notBefore),
                Date.from(notAfter),
                new X500Name("CN=" + subject),
                owner.getPublic());
        addExtensions(builder);
        var signer =
            new JcaContentSignerBuilder("SHA256withECDSA").build(authority.keys.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
      } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
        throw new IllegalStateException(e);
      }
    }

    private void addExtensions(JcaX509v3CertificateBuilder builder) throws CertIOException {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
    }
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path writePem(Path file, Object what) {
    var text = new StringWriter();
    try {
      try (var writer = new JcaPEMWriter(text)) {
        writer.writeObject(what);
      }
      return Files.writeString(file, text.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
