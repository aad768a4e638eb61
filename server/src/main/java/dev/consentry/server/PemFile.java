package dev.consentry.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
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
import org.jspecify.annotations.Nullable;

/**
 * A file of certificates or of a private key, as text (RFC 7468), as it was when it was read. Equal
 * if nothing has changed. What is wrong with it is a {@link CommandFailedException} that names it,
 * and never tells its content.
 *
 * @param content is compared, and never printed
 */
record PemFile(Path path, ByteBuffer content) {
  /** The certificates of all authorities there are make 300 KB. */
  static final int BYTES_MAX = 1 << 20;

  private static final String BEGIN = "-----BEGIN ";
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (?<label>[A-Z0-9 ]+)-----(?<base64>[^-]*)-----END \\k<label>-----");
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final String PRIVATE_KEY = "PRIVATE KEY";
  private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC");

  /** A part of the file. No record: its text would tell what is in it. */
  private static final class Block {
    private final String label;
    private final byte[] der;

    Block(String label, byte[] der) {
      this.label = label;
      this.der = der;
    }
  }

  static PemFile read(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw problem("%s has more than %,d bytes".formatted(path, BYTES_MAX), null);
      }
      return new PemFile(path, ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    } catch (NoSuchFileException e) {
      throw problem("there is no file %s".formatted(path), e);
    } catch (AccessDeniedException e) {
      throw problem("%s may not be read by this user".formatted(path), e);
    } catch (IOException e) {
      throw problem("%s cannot be read: %s".formatted(path, e.getMessage()), e);
    }
  }

  /** All of them, in their order; at least one. */
  List<X509Certificate> certificates() {
    var certificates = new ArrayList<X509Certificate>();
    for (Block block : blocks()) {
      if (block.label.equals(CERTIFICATE)) {
        certificates.add(certificate(block));
      }
    }
    if (certificates.isEmpty()) {
      throw problem("there is no certificate in %s".formatted(path), null);
    }
    return List.copyOf(certificates);
  }

  /** The one key in it. */
  PrivateKey privateKey() {
    List<Block> keys = blocks().stream().filter(b -> b.label.endsWith(PRIVATE_KEY)).toList();
    if (keys.size() != 1) {
      throw problem(
          keys.isEmpty()
              ? "there is no private key in %s".formatted(path)
              : "there is more than one private key in %s".formatted(path),
          null);
    }
    Block key = keys.getFirst();
    return switch (key.label) {
      case PRIVATE_KEY -> privateKey(key);
      case "ENCRYPTED PRIVATE KEY" ->
          throw problem(
              "the key in %s is encrypted: the server has nobody to ask for its password"
                  .formatted(path),
              null);
      default ->
          throw problem(
              "the key in %s is not PKCS#8. `openssl pkcs8 -topk8 -nocrypt` makes it so"
                  .formatted(path),
              null);
    };
  }

  private X509Certificate certificate(Block block) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.der));
    } catch (CertificateException e) {
      throw problem("a certificate in %s cannot be read".formatted(path), e);
    }
  }

  /** Without a cause: nobody promises that one does not quote the key. */
  private PrivateKey privateKey(Block block) {
    for (String algorithm : KEY_ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm)
            .generatePrivate(new PKCS8EncodedKeySpec(block.der));
      } catch (InvalidKeySpecException e) {
        // Then it is one of the others.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw problem(
        "the key in %s cannot be read, or is of a kind other than RSA and EC".formatted(path),
        null);
  }

  private List<Block> blocks() {
    String text = StandardCharsets.ISO_8859_1.decode(content.duplicate()).toString();
    var blocks = new ArrayList<Block>();
    Matcher match = BLOCK.matcher(text);
    while (match.find()) {
      try {
        byte[] der = Base64.getMimeDecoder().decode(match.group("base64"));
        blocks.add(new Block(match.group("label"), der));
      } catch (IllegalArgumentException e) {
        throw problem("%s is damaged: a part of it is not Base64".formatted(path), null);
      }
    }
    if (blocks.size() != begun(text)) {
      throw problem("%s is damaged: a part of it has no end".formatted(path), null);
    }
    return blocks;
  }

  private static int begun(String text) {
    int count = 0;
    for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      count++;
    }
    return count;
  }

  private static CommandFailedException problem(String message, @Nullable Throwable cause) {
    return new CommandFailedException(message, cause);
  }
}
