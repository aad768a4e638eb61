package dev.consentry.server.security;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpiffeIdTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://example.org/gateway",
        "spiffe://example.org/ns/prod/sa/Console_2.1-x",
        "spiffe://a/b",
        "spiffe://10.0.0.1/x",
        "spiffe://under_score-and.dot/...",
        "spiffe://example.org/9eebccd2-12bf-40a6-b262-65fe0487d453"
      })
  void new_idOfTheForm_isTaken(String id) {
    assertDoesNotThrow(() -> new SpiffeId(id));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\"                                   | begin with",
        "https://example.org/gateway            | begin with",
        "SPIFFE://example.org/gateway           | begin with",
        "spiffe:/example.org/gateway            | begin with",
        "\" spiffe://example.org/gateway\"      | begin with",
        "spiffe://example.org                   | path",
        "spiffe://example.org/                  | empty segments",
        "spiffe:///gateway                      | trust domain of 1 to",
        "spiffe://Example.org/gateway           | lower-case",
        "spiffe://example.org:443/gateway       | lower-case",
        "spiffe://root@example.org/gateway      | lower-case",
        "spiffe://example%2eorg/gateway         | lower-case",
        "spiffe://exämple.org/gateway           | lower-case",
        "spiffe://example.org?x/gateway         | lower-case",
        "spiffe://example.org/gateway/          | empty segments",
        "spiffe://example.org//gateway          | empty segments",
        "spiffe://example.org/a/../gateway      | empty segments",
        "spiffe://example.org/./gateway         | empty segments",
        "spiffe://example.org/%67ateway         | path of letters",
        "spiffe://example.org/gateway?x=y       | path of letters",
        "spiffe://example.org/gateway#x         | path of letters",
        "spiffe://example.org/gate way          | path of letters",
        "spiffe://example.org/gatewäy           | path of letters",
        "spiffe://example.org/*                 | path of letters"
      })
  void new_anythingElse_isRefusedWithWhatWouldBeRight(String id, String part) {
    var refused = assertThrows(InvalidValueException.class, () -> new SpiffeId(id));
    assertTrue(refused.problem().contains(part), refused.problem());
  }

  @Test
  void new_nul_isRefused() {
    assertThrows(InvalidValueException.class, () -> new SpiffeId("spiffe://example.org/a\0b"));
    assertThrows(InvalidValueException.class, () -> new SpiffeId("spiffe://example.org\0/ab"));
  }

  @Test
  void new_lengths_areTakenUpToTheMaximum() {
    String start = "spiffe://example.org/";
    String longest = start + "a".repeat(SpiffeId.ID_BYTES_MAX - start.length());
    assertDoesNotThrow(() -> new SpiffeId(longest));
    assertThrows(InvalidValueException.class, () -> new SpiffeId(longest + "a"));

    String domain = "a".repeat(SpiffeId.TRUST_DOMAIN_BYTES_MAX);
    assertDoesNotThrow(() -> new SpiffeId("spiffe://" + domain + "/x"));
    assertThrows(InvalidValueException.class, () -> new SpiffeId("spiffe://" + domain + "a/x"));
  }
}
