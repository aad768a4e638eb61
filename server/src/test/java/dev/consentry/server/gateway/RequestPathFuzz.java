package dev.consentry.server.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.consentry.server.Seeds;
import java.net.URI;
import java.net.URLDecoder;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Any text as a request target. */
final class RequestPathFuzz {
  /** Makes one form of the path in a target. */
  private interface Reader {
    String path(String target) throws UnsafeRequestException;
  }

  @FuzzTest
  void parse(byte[] input) {
    assertParsedHolds(RequestPathFuzz::parsed, input);
  }

  @FuzzTest
  void read(byte[] input) {
    assertReadHolds(RequestPathFuzz::read, input);
  }

  @Test
  void parse_mutantThatLooksForDotsBeforeDecoding_isFoundByASeed() {
    Seeds.of(this, "parse")
        .assertFinds(seed -> assertParsedHolds(RequestPathFuzz::dotsBeforeDecoding, seed));
  }

  @Test
  void parse_mutantThatPassesWhatIsEscapedTwice_isFoundByASeed() {
    Seeds.of(this, "parse")
        .assertFinds(seed ->
            assertParsedHolds(
                target -> parsed(target.replace("%25", "%40")).replace("%40", "%25"), seed));
  }

  @Test
  void read_mutantThatLooksForDotsBetweenSlashesOnly_isFoundByASeed() {
    Seeds.of(this, "read")
        .assertFinds(seed ->
            assertReadHolds(
                target -> read(target.replaceAll("%2[Ff]|;", "~~")).replace("~~", "%2F"), seed));
  }

  /** A path is the same to whoever decodes it once, resolves it, merges slashes or cuts it off. */
  private static void assertParsedHolds(Reader reader, byte[] input) {
    Optional<String> read = path(reader, input);
    if (read.isPresent()) {
      String path = read.get();
      assertEquals(Optional.of(path), path(reader, path.getBytes(ISO_8859_1)));
      assertIsWellFormed(path);
      String decoded = decoded(path);
      assertFalse(decoded.matches("(?s).*([\\\\;?#\\p{Cntrl}\\x{80}-\\x{9F}]|//).*"), path);
      assertEquals(path.chars().filter(c -> c == '/').count(), slashes(decoded));
      assertHasNoDots(decoded, "/");
    }
  }

  /** The same where rules may allow more, whatever of it an upstream takes for an end. */
  private static void assertReadHolds(Reader reader, byte[] input) {
    Optional<String> read = path(reader, input);
    if (read.isPresent()) {
      String path = read.get();
      assertEquals(Optional.of(path), path(reader, path.getBytes(ISO_8859_1)));
      assertIsWellFormed(path);
      assertHasNoDots(decoded(path), "/");
      assertHasNoDots(decoded(path.replaceAll(";[^/]*", "")), "/");
      assertHasNoDots(decoded(path).replaceAll(";[^/]*", ""), "/");
      assertHasNoDots(decoded(path), "[/;]");
    }
  }

  private static void assertIsWellFormed(String path) {
    assertTrue(path.startsWith("/"), path);
    assertTrue(path.length() <= RequestPath.PATH_LENGTH_MAX, path);
    assertEquals(path, URI.create(path).normalize().toString());
    assertEquals(path, URI.create(path).getRawPath());
    // What is no UTF-8 would become U+FFFD.
    String other = path.replace("%EF%BF%BD", "");
    assertFalse(decoded(other).matches("(?s).*(%[0-9A-Fa-f]{2}|\\x{FFFD}).*"), path);
  }

  private static void assertHasNoDots(String path, String ends) {
    for (String segment : path.split(ends, -1)) {
      assertFalse(segment.equals(".") || segment.equals(".."), path);
    }
  }

  private static long slashes(String text) {
    return text.chars().filter(c -> c == '/').count();
  }

  private static String decoded(String path) {
    return URLDecoder.decode(path.replace("+", "%2B"), UTF_8);
  }

  private static Optional<String> path(Reader reader, byte[] input) {
    try {
      return Optional.of(reader.path(new String(input, ISO_8859_1)));
    } catch (UnsafeRequestException e) {
      assertTrue(e.problem().matches("[ -~]{1,120}"), e.problem());
      return Optional.empty();
    }
  }

  private static String parsed(String target) throws UnsafeRequestException {
    return RequestPath.parse(target).toString();
  }

  private static String read(String target) throws UnsafeRequestException {
    return RequestPath.read(target).toString();
  }

  private static String dotsBeforeDecoding(String target) throws UnsafeRequestException {
    return parsed(target.replaceAll("(?i)%2e", "~~")).replace("~~", ".");
  }
}
