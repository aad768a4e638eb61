package dev.consentry.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What may be a field of an answer, against the same rule as a pattern. */
final class HttpHeaderTest {
  private static final String NAME = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
  private static final String VALUE = "([\\x21-\\x7E]([\\x20-\\x7E\\t]*[\\x21-\\x7E])?)?";

  /** The last, 0x161, is an `a` in its low byte. */
  private static final int LAST = 0x161;

  private static final List<String> WITH =
      List.of("%s", "%sa", "a%s", "a%sa", "%1$s%1$s", "a %s", "%s\ta");

  @Test
  void new_everyCharacterAtEveryPlace_isTakenAsByThePattern() {
    assertEquals(isTaken("", "a"), "".matches(NAME));
    assertEquals(isTaken("a", ""), "".matches(VALUE));
    for (int c = 0; c <= LAST; c++) {
      for (String with : WITH) {
        String text = with.formatted((char) c);
        String seen = "character %d in `%s`".formatted(c, with);
        assertEquals(text.matches(NAME), isTaken(text, "a"), seen);
        assertEquals(text.matches(VALUE), isTaken("a", text), seen);
      }
    }
  }

  private static boolean isTaken(String name, String value) {
    try {
      return new HttpHeader(name, value).name().equals(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
