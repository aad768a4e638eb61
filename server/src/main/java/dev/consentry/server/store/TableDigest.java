package dev.consentry.server.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** What is in a table, in whatever order it is read: how many rows, and the sum of their hashes. */
final class TableDigest {
  private final MessageDigest sha256;
  private BigInteger sum = BigInteger.ZERO;
  private long rows;

  TableDigest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  long rows() {
    return rows;
  }

  void add(@Nullable Object[] row) {
    rows++;
    sum = sum.add(new BigInteger(1, sha256.digest(bytes(row))));
  }

  /** Each value with its length in front, so that no two rows run together. */
  private static byte[] bytes(@Nullable Object[] row) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      for (Object value : row) {
        if (value instanceof String[] texts) {
          out.writeInt(texts.length);
          for (String text : texts) {
            write(out, text);
          }
        } else {
          write(out, value == null ? null : value.toString());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, @Nullable String text) throws IOException {
    byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(text == null ? -1 : bytes.length);
    out.write(bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TableDigest that && rows == that.rows && sum.equals(that.sum);
  }

  @Override
  public int hashCode() {
    return sum.hashCode();
  }
}
