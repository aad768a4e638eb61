package dev.consentry.server.consent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.consentry.server.Seeds;
import dev.consentry.server.decision.InvalidValueException;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Any text as the token of a revision. */
final class RevisionFuzz {
  private static final String EPOCH_CHARACTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

  @FuzzTest
  void parse(byte[] input) {
    assertHolds(Revision::parse, input);
  }

  @Test
  void parse_mutants_areFoundBySeeds() {
    Seeds.of(this, "parse").assertFinds(seed -> assertHolds(RevisionFuzz::lenient, seed));
    Seeds.of(this, "parse").assertFinds(seed -> assertHolds(RevisionFuzz::shortened, seed));
  }

  private static void assertHolds(Function<String, Revision> parse, byte[] input) {
    var text = new String(input, UTF_8);
    Optional<Revision> parsed = parsed(parse, text);
    assertEquals(isToken(text), parsed.isPresent(), text);
    parsed.ifPresent(revision -> {
      assertEquals(text, revision.token());
      assertEquals(revision, parse.apply(revision.token()));
    });
  }

  private static Optional<Revision> parsed(Function<String, Revision> parse, String text) {
    try {
      return Optional.of(parse.apply(text));
    } catch (InvalidValueException e) {
      return Optional.empty();
    }
  }

  /** What the contract says, letter by letter. */
  private static boolean isToken(String text) {
    if (text.length() < 18 || text.length() > 35 || text.charAt(16) != '-') {
      return false;
    }
    String number = text.substring(17);
    return text.chars().limit(16).allMatch(c -> EPOCH_CHARACTERS.indexOf(c) >= 0)
        && number.chars().allMatch(c -> c >= '0' && c <= '9')
        && (number.equals("0") || number.charAt(0) != '0');
  }

  /** Two tokens for one revision. */
  private static Revision lenient(String token) {
    return Revision.parse(token.replaceFirst("-0+([1-9][0-9]*)$", "-$1"));
  }

  /** Numbers that do not fit are met with another exception. */
  private static Revision shortened(String token) {
    Revision revision = Revision.parse(token);
    return new Revision(revision.epoch(), Integer.parseInt(Long.toString(revision.number())));
  }
}
