package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PathTemplateTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/a/, /a",
    "/%61%2D/b, /a-/b",
    "/%c3%a9, /%C3%A9",
    "/%7ba%7d, /%7Ba%7D",
    "/{a}/{_b1}/**, /{a}/{_b1}/**",
    "/a/**/, /a/**"
  })
  void parse_template_isInOneForm(String text, String form) {
    assertEquals(form, PathTemplate.parse(text).toString());
    assertEquals(PathTemplate.parse(form), PathTemplate.parse(text));
    assertEquals(PathTemplate.parse(form).hashCode(), PathTemplate.parse(text).hashCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "\"\"          | begin with",
        "a             | begin with",
        "**            | begin with",
        "//            | empty segment",
        "/a//b         | empty segment",
        "/a//          | empty segment",
        "/a?b          | no `?`",
        "/a?           | no `?`",
        "/a#b          | U+0023",
        "/a;b          | `;`",
        "/a%2Fb        | `%2F`",
        "/a%3Bb        | U+003B",
        "/a\\b         | U+005C",
        "\"/a b\"      | U+0020",
        "/é            | U+00E9",
        "/a/../b       | dot segment",
        "/%2e          | dot segment",
        "/%2541        | escaped twice",
        "/%            | two hex digits",
        "/*            | no `*`",
        "/a*           | no `*`",
        "/**/a         | no `*`",
        "/***          | no `*`",
        "/a**          | no `*`",
        "/{}           | braces",
        "/{a           | braces",
        "/a}           | braces",
        "/x{a}         | braces",
        "/{a}x         | braces",
        "/{a}{b}       | braces",
        "/{a-b}        | braces",
        "/{1}          | braces",
        "/{é}          | braces",
        "/{a/b}        | braces",
        "/{**}         | braces",
        "/{a}/{a}      | twice",
        "/{account}/x/{account} | twice",
        "/{Account}    | lower case",
        "/x/{ACCOUNT}/** | lower case"
      })
  void parse_anythingElse_isRefused(String text, String part) {
    var refused = assertThrows(InvalidValueException.class, () -> PathTemplate.parse(text));
    assertTrue(refused.problem().contains(part), refused.problem());
  }

  @Test
  void parse_lengths_areTakenUpToTheMaximum() {
    String longest = "/" + "a".repeat(RequestPath.PATH_LENGTH_MAX - 1);
    assertDoesNotThrow(() -> PathTemplate.parse(longest));
    assertThrows(InvalidValueException.class, () -> PathTemplate.parse(longest + "a"));

    String most = "/a".repeat(PathTemplate.SEGMENTS_MAX);
    assertDoesNotThrow(() -> PathTemplate.parse(most + "/"));
    assertThrows(InvalidValueException.class, () -> PathTemplate.parse(most + "/a"));
  }
}
