package dev.consentry.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of certificates or of a private key, as text (RFC 7468). What is wrong with it is an
 * {@link IllegalArgumentException} that names it, and never tells its content.
 */
final class PemFile {
  private static final String BEGIN = "-----BEGIN ";
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (?<label>[A-Z0-9 ]+)-----(?<base64>[^-]*)-----END \\k<label>-----");
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC");

  private final Path path;
  private final String text;

  private PemFile(Path path, String text) {
    this.path = path;
    this.text = text;
  }

  static PemFile read(Path path) {
    return new PemFile(path, text(path));
  }

  /** What a file holds, a character a byte. */
  static String text(Path path) {
    try {
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("there is no file `" + path + "`", e);
    } catch (AccessDeniedException e) {
      throw new IllegalArgumentException("`" + path + "` may not be read by this user", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("`" + path + "` cannot be read: " + e.getMessage(), e);
    }
  }

  /** All of them, in their order; at least one. */
  List<X509Certificate> certificates() {
    List<X509Certificate> certificates = new ArrayList<>();
    for (byte[] der : blocks("CERTIFICATE")) {
      try {
        certificates.add(
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der)));
      } catch (CertificateException e) {
        throw new IllegalArgumentException("a certificate in `" + path + "` cannot be read", e);
      }
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException("there is no certificate in `" + path + "`");
    }
    return certificates;
  }

  /**
   * The first key in it. Problems have no cause: nobody promises that one does not quote the key.
   */
  PrivateKey privateKey() {
    List<byte[]> keys = blocks("PRIVATE KEY");
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          text.contains("PRIVATE KEY-----")
              ? "the key in `"
                  + path
                  + "` must be PKCS#8, not encrypted: `openssl pkcs8 -topk8 -nocrypt` makes it so"
              : "there is no private key in `" + path + "`");
    }
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm)
            .generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
      } catch (InvalidKeySpecException e) {
        // Then it is one of the others.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new IllegalArgumentException(
        "the key in `" + path + "` cannot be read, or is of a kind other than RSA and EC");
  }

  private List<byte[]> blocks(String label) {
    List<byte[]> blocks = new ArrayList<>();
    int ended = 0;
    for (Matcher match = BLOCK.matcher(text); match.find(); ended++) {
      if (match.group("label").equals(label)) {
        blocks.add(der(match.group("base64")));
      }
    }
    if (ended != begun()) {
      throw new IllegalArgumentException("`" + path + "` is damaged: a part of it has no end");
    }
    return blocks;
  }

  private byte[] der(String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // Without the cause, which may quote it.
      throw new IllegalArgumentException("`" + path + "` is damaged: a part of it is not Base64");
    }
  }

  private int begun() {
    int count = 0;
    for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      count++;
    }
    return count;
  }
}
