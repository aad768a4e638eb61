package dev.consentry.server.consent;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextsTest {
  private static final String ROCKET = "\ud83d\ude80";
  private static final Set<String> HTTPS = Set.of("https");
  private static final Set<String> SUPPORT = Set.of("https", "mailto");

  @Test
  void reason_lengths_areUpTo1024CodePoints() {
    assertEquals("", Texts.reason(""));
    assertEquals("x".repeat(1_024), Texts.reason("x".repeat(1_024)));
    assertEquals(ROCKET.repeat(1_024), Texts.reason(ROCKET.repeat(1_024)));
    assertEquals(
        "must have 0 to 1024 characters, has 1025",
        assertThrows(InvalidValueException.class, () -> Texts.reason(ROCKET.repeat(1_025)))
            .problem());
    assertThrows(InvalidValueException.class, () -> Texts.reason("x".repeat(1_025)));
  }

  @Test
  void reason_controls_onlyTabAndLineEndsPass() {
    IntStream.rangeClosed(0, 0xFF)
        .forEach(c -> {
          String reason = "a" + (char) c + "b";
          if (Character.isISOControl(c) && "\t\n\r".indexOf(c) < 0) {
            var refused = assertThrows(InvalidValueException.class, () -> Texts.reason(reason));
            assertTrue(refused.problem().endsWith("has U+%04X".formatted(c)));
          } else {
            assertEquals(reason, Texts.reason(reason));
          }
        });
  }

  @Test
  void requirePlain_everyCodePointOfTheBmp_onlyControlsBidiAndLineEndsAreRefused() {
    // Unicode's Cc, its property Bidi_Control, and its two line ends; written out, not computed.
    var refused =
        IntStream.of(
                0x61C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067,
                0x2068, 0x2069, 0x2028, 0x2029)
            .boxed()
            .collect(Collectors.toSet());
    IntStream.rangeClosed(0, Character.MAX_VALUE)
        .filter(c -> !Character.isSurrogate((char) c))
        .forEach(c -> {
          boolean plain = c >= 0x20 && !(c >= 0x7F && c <= 0x9F) && !refused.contains(c);
          String text = "a" + (char) c;
          if (plain) {
            assertDoesNotThrow(() -> Texts.requirePlain(text, 1, 2));
          } else {
            assertThrows(
                InvalidValueException.class,
                () -> Texts.requirePlain(text, 1, 2),
                "U+%04X".formatted(c));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://example.com",
        "https://example.com/",
        "https://example.com:8443/a/b?c=d&e#f",
        "https://xn--bcher-kva.example/%C3%BC",
        "https://[2001:db8::1]/"
      })
  void requireUri_https_passes(String uri) {
    assertDoesNotThrow(() -> Texts.requireUri(uri, HTTPS));
    assertDoesNotThrow(() -> Texts.requireUri(uri, SUPPORT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.com/",
        "example.com",
        "/path",
        "https:",
        "https:example.com",
        "https:///path",
        "https://",
        "https://exa mple.com/",
        " https://example.com/",
        "https://example.com/\n",
        "https://example.com/<b>",
        "https://example.com/%zz",
        "https://b\u00fccher.example/",
        "https://example.com/\u00fc",
        "https://example.com/\u202egpj.exe",
        "https://example.com/\u200b",
        "mailto://example.com/",
        "mailto:",
        "x"
      })
  void requireUri_anythingElse_isRefused(String uri) {
    var problem =
        assertThrows(InvalidValueException.class, () -> Texts.requireUri(uri, SUPPORT)).problem();
    assertEquals(
        "must be an absolute URI, in ASCII, that starts with `https:` or `mailto:`", problem);
    assertThrows(InvalidValueException.class, () -> Texts.requireUri(uri, HTTPS));
  }

  @Test
  void requireUri_mailto_onlyWhereItIsAllowed() {
    assertDoesNotThrow(() -> Texts.requireUri("mailto:help@example.com", SUPPORT));
    assertEquals(
        "must be an absolute URI, in ASCII, that starts with `https:`",
        assertThrows(
                InvalidValueException.class,
                () -> Texts.requireUri("mailto:help@example.com", HTTPS))
            .problem());
  }

  @Test
  void requireUri_lengths_areUpTo2048() {
    String start = "https://example.com/";
    String longest = start + "x".repeat(2_048 - start.length());
    assertDoesNotThrow(() -> Texts.requireUri(longest, HTTPS));
    assertEquals(
        "must have 0 to 2048 characters, has 2049",
        assertThrows(InvalidValueException.class, () -> Texts.requireUri(longest + "x", HTTPS))
            .problem());
  }
}
