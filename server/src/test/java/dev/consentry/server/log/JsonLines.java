package dev.consentry.server.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.util.List;
import java.util.Map;

/** Reads lines of JSON as strictly as those who parse logs would like them to be. */
public final class JsonLines {
  private JsonLines() {}

  /** The objects, one a line; fails if anything of it is not visible ASCII or a line's end. */
  public static List<Map<String, Object>> parse(String text) {
    assertTrue(text.isEmpty() || text.endsWith("\n"), () -> "ends within a line: " + text);
    assertTrue(
        text.chars().allMatch(c -> c == '\n' || (c >= 0x20 && c <= 0x7E)),
        () -> "not visible ASCII: " + text);
    return text.lines().map(JsonLines::object).toList();
  }

  private static Map<String, Object> object(String line) {
    try {
      return JSONObjectUtils.parse(line);
    } catch (ParseException e) {
      throw new AssertionError(line, e);
    }
  }
}
