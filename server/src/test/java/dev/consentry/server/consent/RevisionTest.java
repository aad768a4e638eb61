package dev.consentry.server.consent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.InvalidValueException;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RevisionTest {
  private static final Epoch EPOCH = new Epoch("AZaz09-_AZaz09-_");

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 9, 10, 1_234_567_890, 999_999_999_999_999_999L})
  void parse_tokenOfARevision_isTheRevision(long number) {
    var revision = new Revision(EPOCH, number);
    assertEquals("AZaz09-_AZaz09-_-" + number, revision.token());
    assertEquals(revision, Revision.parse(revision.token()));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 3)
  void parse_randomRevisions_comeBackAsTheyWere(long seed) throws Exception {
    var random = new SplittableRandom(seed);
    // Only the epochs are secret-grade random, and they need not be repeatable.
    var secure = new SecureRandom();
    for (int i = 0; i < 1_000; i++) {
      var revision =
          new Revision(Epoch.random(secure), random.nextLong(1_000_000_000_000_000_000L));
      String token = revision.token();
      assertTrue(token.matches("[A-Za-z0-9_-]{18,128}"), token);
      assertEquals(revision, Revision.parse(token));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "1",
        "AZaz09-_AZaz09-_",
        "AZaz09-_AZaz09-_-",
        "AZaz09-_AZaz09-_1",
        "AZaz09-_AZaz09-_--1",
        "AZaz09-_AZaz09-_-+1",
        "AZaz09-_AZaz09-_-01",
        "AZaz09-_AZaz09-_-00",
        "AZaz09-_AZaz09-_-1 ",
        " AZaz09-_AZaz09-_-1",
        "AZaz09-_AZaz09-_-1\n",
        "AZaz09-_AZaz09-_-1.0",
        "AZaz09-_AZaz09-_-1e3",
        "AZaz09-_AZaz09-_-0x1",
        "AZaz09-_AZaz09-_-\u0661",
        "AZaz09-_AZaz09-_-1-2",
        "AZaz09-_AZaz09-_:1",
        "AZaz09-_AZaz09-_\u2013" + "1",
        "AZaz09-_AZaz09-1",
        "AZaz09-_AZaz09-_x-1",
        "AZaz09+_AZaz09-_-1",
        "AZaz09/_AZaz09-_-1",
        "AZaz09=_AZaz09-_-1",
        "AZaz09\u00e9_AZaz09-_-1",
        "AZaz09-_AZaz09-_-1000000000000000000",
        "AZaz09-_AZaz09-_-9223372036854775807",
        "AZaz09-_AZaz09-_-9223372036854775808",
        "AZaz09-_AZaz09-_-18446744073709551617",
        "AZaz09-_AZaz09-_-99999999999999999999999999"
      })
  void parse_malformedOrOverflowing_isRefused(String token) {
    var refused = assertThrows(InvalidValueException.class, () -> Revision.parse(token));
    assertEquals(
        "must be a `revision` as an earlier answer gave it; this is none", refused.problem());
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 129, 1_000_000})
  void parse_overlong_isRefused(int length) {
    String token = "AZaz09-_AZaz09-_-" + "1".repeat(length - 17);
    assertThrows(InvalidValueException.class, () -> Revision.parse(token));
  }

  @Test
  void new_negativeNumber_isRefused() {
    assertThrows(InvalidValueException.class, () -> new Revision(EPOCH, -1));
  }

  @Test
  void equals_otherEpochOrNumber_isAnother() {
    assertNotEquals(new Revision(EPOCH, 1), new Revision(EPOCH, 2));
    assertNotEquals(new Revision(EPOCH, 1), new Revision(new Epoch("BZaz09-_AZaz09-_"), 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "AZaz09-_AZaz09-",
        "AZaz09-_AZaz09-_A",
        "AZaz09-_AZaz09- ",
        "AZaz09-_AZaz09-=",
        "AZaz09-_AZaz09-+",
        "AZaz09-_AZaz09-/",
        "AZaz09-_AZaz09-\u00e9",
        "AZaz09-_AZaz09-\n"
      })
  void epoch_anythingBut16OfBase64Url_isRefused(String value) {
    assertThrows(InvalidValueException.class, () -> new Epoch(value));
  }

  @Test
  void epochRandom_manyTimes_isNeverTheSame() {
    var random = new SecureRandom();
    var seen = new HashSet<Epoch>();
    for (int i = 0; i < 1_000; i++) {
      assertTrue(seen.add(Epoch.random(random)));
    }
  }
}
