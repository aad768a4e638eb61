package dev.consentry.server.consent;

import dev.consentry.server.decision.InvalidValueException;
import dev.consentry.server.decision.ScopeSet;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether two requests ask for the same thing.
 *
 * @param hex SHA-256 of a canonical form, in lower-case hex
 */
public record ContentHash(String hex) {
  public ContentHash {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new InvalidValueException("must be a SHA-256 in lower-case hex");
    }
  }

  /**
   * Hashes parts in order, each with its length before it, so that no two lists of parts look
   * alike.
   */
  static ContentHash of(@Nullable Object... parts) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (Object part : parts) {
        byte[] bytes = canonical(part).getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
      }
      return new ContentHash(HexFormat.of().formatHex(digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Scopes are sets, and have no spaces; null is not the empty string. */
  private static String canonical(@Nullable Object part) {
    return switch (part) {
      case null -> "-";
      case ScopeSet scopes ->
          "=" + String.join(" ", scopes.asList().stream().map(Object::toString).toList());
      case Object other -> "=" + other;
    };
  }
}
