package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

final class PresharedTokenTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @Test
  void make_token_has256RandomBitsBehindThePrefix() {
    var seen = new HashSet<String>();
    for (int i = 0; i < 100; i++) {
      String token = PresharedToken.make(RANDOM).secret();
      assertTrue(token.startsWith("cst_"));
      assertEquals(32, Base64.getUrlDecoder().decode(token.substring(4)).length);
      assertTrue(PresharedToken.isWellFormed(token));
      assertTrue(seen.add(token));
    }
  }

  @Test
  void toString_token_isNotTheSecret() {
    PresharedToken token = PresharedToken.make(RANDOM);
    assertFalse(token.toString().contains(token.secret().substring(4)));
    assertEquals("a cst_… b", PresharedToken.hiddenIn("a " + token.secret() + " b"));
    assertFalse(new Credential.Bearer(token.secret()).toString().contains("cst_"));
  }

  /** As {@code printf %s TOKEN | sha256sum} has it. */
  @Test
  void sha256_knownText_isItsHash() {
    assertEquals(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        TokenHash.of("abc").hex());
  }

  @Test
  void hash_equality_isThatOfAllBits() {
    String hex = TokenHash.of("abc").hex();
    assertEquals(TokenHash.of("abc"), TokenHash.parse(hex.toUpperCase(java.util.Locale.ROOT)));
    assertEquals(TokenHash.of("abc").hashCode(), TokenHash.parse(hex).hashCode());
    for (int i = 0; i < hex.length(); i++) {
      char other = hex.charAt(i) == '0' ? '1' : '0';
      String changed = hex.substring(0, i) + other + hex.substring(i + 1);
      assertNotEquals(TokenHash.of("abc"), TokenHash.parse(changed));
    }
  }

  @Test
  void parse_noHash_isRefusedWithoutShowingIt() {
    for (String text :
        new String[] {
          "", "hunter2", "g".repeat(64), "a".repeat(63), "a".repeat(65), "é".repeat(64)
        }) {
      var refused = assertThrows(InvalidValueException.class, () -> TokenHash.parse(text));
      assertTrue(text.isEmpty() || !refused.problem().contains(text), refused::problem);
    }
  }
}
