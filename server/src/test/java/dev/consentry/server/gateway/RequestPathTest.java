package dev.consentry.server.gateway;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestPathTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/                           | /",
        "/a                          | /a",
        "/a/                         | /a",
        "/a/b/c                      | /a/b/c",
        "/a?b=/../;%zz#//            | /a",
        "/?                          | /",
        "/a?                         | /a",
        "/a/?b                       | /a",
        "/A/b                        | /A/b",
        "/-._~!$&'()*+,=:@           | /-._~!$&'()*+,=:@",
        "/...                        | /...",
        "/.a/..b/c./d..              | /.a/..b/c./d..",
        "/.well-known/x              | /.well-known/x",
        "/%61%2d%2E%5f%7E%30         | /a-._~0",
        "/%41                        | /A",
        "/%2ea                       | /.a",
        "/%c3%a9                     | /%C3%A9",
        "/%e2%84%aa                  | /%E2%84%AA",
        "/%f0%9f%98%80               | /%F0%9F%98%80",
        "/a%20b                      | /a%20b",
        "/a%40b%3a%2b%2a%7b%7d%22    | /a%40b%3A%2B%2A%7B%7D%22",
        "/a@b                        | /a@b",
        "/100%25                     | /100%25",
        "/100%25/a                   | /100%25/a",
        "/100%25a/b                  | /100%25a/b",
        "/%25%25                     | /%25%25",
        "/%25g0                      | /%25g0"
      })
  void parse_pathThatAllReadAlike_isInOneForm(String target, String path)
      throws UnsafeRequestException {
    assertEquals(path, RequestPath.parse(target).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        // It begins with a slash.
        "\"\"                        | begin",
        "?a                          | begin",
        "a                           | begin",
        "*                           | begin",
        "api.example.com:443         | begin",
        "http://api.example.com/a    | begin",
        "\" /a\"                     | begin",
        "%2Fa                        | begin",
        "\\a                         | begin",
        // Only pchar and slashes.
        "\"/a b\"                    | U+0020",
        "/a\\b                       | U+005C",
        "/a\\..\\b                   | U+005C",
        "/a#b                        | U+0023",
        "/a#?b                       | U+0023",
        "\"/a\"\"b\"                 | U+0022",
        "/<a>                        | U+003C",
        "/{a}                        | U+007B",
        "/a^b                        | U+005E",
        "/a`b                        | U+0060",
        "/[a]                        | U+005B",
        "/é                          | U+00E9",
        "/\u212A                     | U+212A",
        "/\uFF0F..                   | U+FF0F",
        "/\u2024\u2024/              | U+2024",
        "/😀                         | U+D83D",
        "/a;b                        | `;`",
        "/a;                         | `;`",
        "/;                          | `;`",
        "/a;jsessionid=1/b           | `;`",
        // No empty segment but a last one.
        "//                          | empty segment",
        "//a                         | empty segment",
        "/a//                        | empty segment",
        "/a//b                       | empty segment",
        "/a///b                      | empty segment",
        "//api.example.com/a         | empty segment",
        "/a%41//b                    | empty segment",
        // One level of valid escapes.
        "/%                          | two hex digits",
        "/a%                         | two hex digits",
        "/a%4                        | two hex digits",
        "/a%4?1                      | two hex digits",
        "/a%4/1                      | two hex digits",
        "/%zz                        | two hex digits",
        "/%u0041                     | two hex digits",
        "/%+1                        | two hex digits",
        "/%4１                       | two hex digits",
        "/%C3%                       | two hex digits",
        "/%%41                       | two hex digits",
        "/a%2541                     | escaped twice",
        "/%252e%252e/                | escaped twice",
        "/%252F                      | escaped twice",
        "/%255C                      | escaped twice",
        "/%25c3%25a9                 | escaped twice",
        "/%2525                      | escaped twice",
        "/%25%34%31                  | escaped twice",
        "/%254%31                    | escaped twice",
        "/%25%341                    | escaped twice",
        "/%25%65%45                  | escaped twice",
        // None of these, whoever decodes them.
        "/a%2Fb                      | `%2F`",
        "/a%2fb                      | `%2F`",
        "/%2F                        | `%2F`",
        "/%2Fapi.example.com/        | `%2F`",
        "/a%5Cb                      | U+005C",
        "/a%5c..%5cb                 | U+005C",
        "/a%3Bb                      | U+003B",
        "/a%3bb                      | U+003B",
        "/a%3Fb                      | U+003F",
        "/a%23b                      | U+0023",
        // No control.
        "/a%00                       | U+0000",
        "/a%00.html                  | U+0000",
        "/a%0d%0aX:y                 | U+000D",
        "/%1F                        | U+001F",
        "/%7f                        | U+007F",
        "/%C2%85                     | U+0085",
        // None that is not UTF-8.
        "/%80                        | UTF-8",
        "/%C3                        | UTF-8",
        "/%C3a                       | UTF-8",
        "/%C3/%A9                    | UTF-8",
        "/%FF                        | UTF-8",
        "/%C0%AE%C0%AE/              | UTF-8",
        "/%C0%AF                     | UTF-8",
        "/%E0%80%AF                  | UTF-8",
        "/%ED%A0%80                  | UTF-8",
        "/%F4%90%80%80               | UTF-8",
        "/%F8%88%80%80%80            | UTF-8",
        // No dot segment after decoding.
        "/.                          | dot segment",
        "/..                         | dot segment",
        "/./a                        | dot segment",
        "/../a                       | dot segment",
        "/a/.                        | dot segment",
        "/a/..                       | dot segment",
        "/a/./b                      | dot segment",
        "/a/../b                     | dot segment",
        "/a/..?b                     | dot segment",
        "/%2e                        | dot segment",
        "/a/%2E%2e/b                 | dot segment",
        "/a/.%2e/b                   | dot segment",
        "/a/%2e./b                   | dot segment",
        // Nor after whatever some upstream takes for the end of a segment.
        "/a/..;/b                    | dot segment",
        "/a/..;x=y/b                 | dot segment",
        "/a/.;/b                     | dot segment",
        "/a/%2e%2e;/b                | dot segment",
        "/a/x;..                     | dot segment",
        "/a/..%2Fb                   | dot segment",
        "/a/..%2f..%2fb              | dot segment",
        "/a%2F..                     | dot segment",
        "/a%2F%2e%2E%2Fb             | dot segment",
        "/a%2F..;x%2Fb               | dot segment",
        "/a;x%2F.                    | dot segment"
      })
  void parse_anythingElse_isRefused(String target, String part) {
    var refused = assertThrows(UnsafeRequestException.class, () -> RequestPath.parse(target));
    assertIsShown(refused);
  }

  @Test
  void parse_anyCharacterThatIsNotOfAPath_isRefused() {
    String allowed =
        "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,=:@?";
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      String target = "/a" + (char) c + "b";
      if (allowed.indexOf(c) >= 0) {
        assertDoesNotThrow(() -> RequestPath.parse(target));
      } else {
        assertIsShown(assertThrows(UnsafeRequestException.class, () -> RequestPath.parse(target)));
      }
    }
  }

  @Test
  void parse_anyEscapedByte_isAllowedOrRefused() {
    String refused = "/\\;?#";
    for (int c = 0; c < 256; c++) {
      String target = "/a%%%02xb".formatted(c);
      if (c >= 0x20 && c < 0x7F && refused.indexOf(c) < 0) {
        assertDoesNotThrow(() -> RequestPath.parse(target));
      } else {
        assertThrows(UnsafeRequestException.class, () -> RequestPath.parse(target), target);
      }
    }
  }

  private static void assertIsShown(UnsafeRequestException refused) {
    assertTrue(refused.problem().matches("[ -~]{1,120}"), refused.problem());
    assertEquals(0, refused.getStackTrace().length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a;b", "/a;b=c;d/e", "/;", "/;;"})
  void read_semicolon_isForARuleToAllow(String target) throws UnsafeRequestException {
    RequestPath path = RequestPath.read(target);
    assertDoesNotThrow(() -> path.requireNoneBut(Set.of(Opaque.SEMICOLON)));
    assertThrows(UnsafeRequestException.class, () -> path.requireNoneBut(Set.of(Opaque.SLASH)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%2Fb", "/a%2f", "/%2f", "/https:%2F%2Fid.example.com%2F"})
  void read_escapedSlash_isForARuleToAllow(String target) throws UnsafeRequestException {
    RequestPath path = RequestPath.read(target);
    assertDoesNotThrow(() -> path.requireNoneBut(Set.of(Opaque.SLASH)));
    assertThrows(UnsafeRequestException.class, () -> path.requireNoneBut(Set.of(Opaque.SEMICOLON)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a%3Bb", "/a%5Cb", "/a%252Fb", "/a//b", "/a%2F../b"})
  void read_whatNoRuleAllows_isRefused(String target) {
    assertThrows(UnsafeRequestException.class, () -> RequestPath.read(target));
  }

  @Test
  void parse_lengths_areTakenUpToTheMaximum() {
    String longest = "/" + "a".repeat(RequestPath.PATH_LENGTH_MAX - 1);
    assertDoesNotThrow(() -> RequestPath.parse(longest + "?" + longest));
    assertThrows(UnsafeRequestException.class, () -> RequestPath.parse(longest + "a"));
  }

  @Test
  void parse_segments_areTakenUpToTheMaximum() {
    String most = "/a".repeat(RequestPath.SEGMENTS_MAX);
    assertDoesNotThrow(() -> RequestPath.parse(most));
    assertDoesNotThrow(() -> RequestPath.parse(most + "/"));
    assertThrows(UnsafeRequestException.class, () -> RequestPath.parse(most + "/a"));
  }

  @Test
  void parse_usualPath_isNotCopied() throws UnsafeRequestException {
    String target = "/accounts/acme/invoices/17?page=2";
    RequestPath path = RequestPath.parse(target);
    assertSame(target, path.text());
    assertSame(target, path.folded());
    assertEquals("/accounts/acme/invoices/17", path.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "/Keys/A, /keys/a",
    "/%4Beys, /keys",
    "/%E2%84%AAeys, /keys",
    "/%C3%89, /%C3%A9",
    "/u/%40me, /u/@me",
    "/%C5%BF, /s"
  })
  void folded_pathsThatALaxUpstreamMayTakeForTheSame_areTheSame(String one, String other)
      throws UnsafeRequestException {
    assertEquals(folded(other), folded(one));
  }

  @Test
  void folded_escapedSlash_endsNoSegment() throws UnsafeRequestException {
    assertEquals("/a\\b", folded("/A%2fb"));
  }

  private static String folded(String target) throws UnsafeRequestException {
    RequestPath path = RequestPath.read(target);
    return path.folded().substring(0, path.foldedEnd());
  }
}
