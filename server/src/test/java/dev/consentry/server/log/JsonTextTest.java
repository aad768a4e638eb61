package dev.consentry.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Text survives JSON whole, and stays in its line. */
final class JsonTextTest {
  private static final int TEXTS = 2_000;

  @Test
  void appendQuoted_everyCharacter_isReadBack() {
    var all = new StringBuilder();
    for (int c = Character.MIN_VALUE; c <= Character.MAX_VALUE; c++) {
      all.append((char) c);
      assertReadBack(Character.toString((char) c));
    }
    assertReadBack(all.toString());
  }

  @Test
  void appendQuoted_randomTextsSeed1_areReadBack() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < TEXTS; i++) {
      var text = new StringBuilder();
      int length = random.nextInt(20);
      for (int at = 0; at < length; at++) {
        text.append(
            (char) (random.nextBoolean() ? random.nextInt(0x80) : random.nextInt(0x1_0000)));
      }
      assertReadBack(text.toString());
    }
  }

  @Test
  void escapeInvisible_jsonWithRawText_isTheSameJson() {
    var json = new StringBuilder("{\"text\":\"a\\n\u2028\u202E\uD800b\u007F\u0085\",\"é\":1}");
    JsonText.escapeInvisible(json);
    var object = JsonLines.parse(json + "\n").getFirst();
    assertEquals("a\n\u2028\u202E\uD800b\u007F\u0085", object.get("text"));
    assertEquals(1L, object.get("é"));
  }

  @Test
  void escapeInvisible_nothingToEscape_staysAsItIs() {
    var json = new StringBuilder("{\"text\":\"a\\n~ \"}");
    JsonText.escapeInvisible(json);
    assertEquals("{\"text\":\"a\\n~ \"}", json.toString());
  }

  private static void assertReadBack(String text) {
    var json = new StringBuilder("{\"text\":");
    JsonText.appendQuoted(json, text);
    assertEquals(text, JsonLines.parse(json.append("}\n").toString()).getFirst().get("text"));
  }
}
