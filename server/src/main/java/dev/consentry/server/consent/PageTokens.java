package dev.consentry.server.consent;

import dev.consentry.server.decision.InvalidValueException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The page tokens of one list under one set of filters. A token names the last row of a page, so
 * that it means the same after a restart and after any change of the rows.
 *
 * <p>It is base64url of a version byte, a hash of the filters, and the row's key. Keys and filters
 * are ASCII without line feeds, which therefore separate them.
 */
public final class PageTokens {
  public static final int TOKEN_CHARACTERS_MAX = 1_024;

  private static final byte VERSION = 1;
  private static final int HASH_BYTES = 16;
  private static final String SEPARATOR = "\n";

  private final byte[] filters;

  private PageTokens(byte[] filters) {
    this.filters = filters;
  }

  /**
   * For a list under these filters.
   *
   * @param filters null where one is not given
   */
  public static PageTokens of(String list, @Nullable Object... filters) {
    String text =
        Stream.concat(
                Stream.of(list), Arrays.stream(filters).map(f -> f == null ? "" : f.toString()))
            .collect(Collectors.joining(SEPARATOR));
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return new PageTokens(Arrays.copyOf(hash, HASH_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Names the row with this key. */
  public String after(Object... key) {
    byte[] text =
        Arrays.stream(key)
            .map(Object::toString)
            .collect(Collectors.joining(SEPARATOR))
            .getBytes(StandardCharsets.US_ASCII);
    byte[] bytes =
        ByteBuffer.allocate(1 + HASH_BYTES + text.length)
            .put(VERSION)
            .put(filters)
            .put(text)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The key that a token names; its parts are not looked at.
   *
   * @throws InvalidValueException if {@link #after} with that many parts, under these filters, did
   *     not write it
   */
  public List<String> keyOf(String token, int parts) {
    if (token.length() <= TOKEN_CHARACTERS_MAX) {
      List<String> key = List.of(decode(token).split(SEPARATOR, -1));
      if (key.size() == parts && after(key.toArray()).equals(token)) {
        return key;
      }
    }
    throw new InvalidValueException(
        "must be the `next_page_token` of the page before, with the same filters; this is none");
  }

  /** What stands where the key would, whatever comes before it. */
  private static String decode(String token) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(token);
      int start = Math.min(1 + HASH_BYTES, bytes.length);
      return new String(bytes, start, bytes.length - start, StandardCharsets.US_ASCII);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
