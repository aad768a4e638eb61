package dev.consentry.server.consent;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.consentry.server.Seeds;
import dev.consentry.server.decision.InvalidValueException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Any text as a page token, and any key in one. */
final class PageTokensFuzz {
  private static final PageTokens TOKENS = PageTokens.of("ListGrants", "acme", null);
  private static final PageTokens OTHERS = PageTokens.of("ListGrants", null, "acme");

  /** Reads the key that a token names. */
  private interface Reader {
    List<String> keyOf(PageTokens tokens, String token, int parts);
  }

  @FuzzTest
  void token(byte[] input) {
    assertTokenHolds(PageTokens::keyOf, input);
  }

  @FuzzTest
  void key(byte[] input) {
    assertKeyHolds(PageTokens::keyOf, input);
  }

  @Test
  void token_mutantThatTrustsIt_isFoundByASeed() {
    Seeds.of(this, "token").assertFinds(seed -> assertTokenHolds(PageTokensFuzz::trusting, seed));
  }

  @Test
  void key_mutantThatIgnoresFilters_isFoundByASeed() {
    Seeds.of(this, "key").assertFinds(seed -> assertKeyHolds(PageTokensFuzz::trusting, seed));
  }

  /** A token is read only if it is what would be written for what was read. */
  private static void assertTokenHolds(Reader reader, byte[] input) {
    var token = new String(input, ISO_8859_1);
    for (int parts = 1; parts <= 2; parts++) {
      Optional<List<String>> key = read(reader, token, parts);
      if (key.isPresent()) {
        assertEquals(parts, key.get().size());
        assertEquals(token, TOKENS.after(key.get().toArray()));
      }
    }
  }

  private static Optional<List<String>> read(Reader reader, String token, int parts) {
    try {
      return Optional.of(reader.keyOf(TOKENS, token, parts));
    } catch (InvalidValueException e) {
      return Optional.empty();
    }
  }

  /** A key of visible ASCII comes back whole, under its filters alone. */
  private static void assertKeyHolds(Reader reader, byte[] input) {
    var text = new StringBuilder();
    for (int i = 0; i < Math.min(input.length, 2 * 256); i++) {
      text.append((char) (0x21 + (input[i] & 0xFF) % (0x7F - 0x21)));
    }
    int middle = text.length() / 2;
    List<String> key = List.of(text.substring(0, middle), text.substring(middle));
    String token = TOKENS.after(key.toArray());
    assertEquals(key, reader.keyOf(TOKENS, token, 2));
    assertThrows(InvalidValueException.class, () -> reader.keyOf(OTHERS, token, 2));
    assertThrows(InvalidValueException.class, () -> reader.keyOf(TOKENS, token, 1));
    assertThrows(InvalidValueException.class, () -> reader.keyOf(TOKENS, token + "=", 2));
  }

  /** Takes apart what it is given, and looks at nothing else. */
  private static List<String> trusting(PageTokens tokens, String token, int parts) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      throw new InvalidValueException("must be base64url");
    }
    int start = Math.min(17, bytes.length);
    List<String> key =
        List.of(new String(bytes, start, bytes.length - start, ISO_8859_1).split("\n", -1));
    if (key.size() != parts) {
      throw new InvalidValueException("must have " + parts + " parts");
    }
    return key;
  }
}
