package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.Decision.Allow;
import dev.consentry.server.decision.Decision.Deny;
import dev.consentry.server.decision.Standing.Terms;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A decision in bytes is the decision on the same question. */
final class AskedScopesTest {
  private static final int WORLDS = 100_000;
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), new AppId("app"));

  /** Prefixes of each other, the longest there may be and one more, and what is no scope. */
  private static final List<String> TEXTS =
      List.of(
          "a",
          "A",
          "b",
          "ab",
          "a:b",
          "*",
          "~",
          "!",
          "l".repeat(256),
          "l".repeat(255) + "m",
          "l".repeat(257),
          "",
          "a b",
          "a\"",
          "a\\",
          "a\u007f",
          "é");

  private static final int VALID_TEXTS = 10;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_125})
  void decide_randomWorlds_isTheDecisionOnTheQuestion(long seed) {
    assertEquals(Optional.empty(), firstDifference(Reader.AS_IT_IS, seed));
  }

  @ParameterizedTest(name = "{0}, seed 1")
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AS_IT_IS")
  void firstDifference_plantedBug_isFound(Reader mutant) {
    assertTrue(firstDifference(mutant, 1).isPresent(), "this bug passed: " + mutant);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 3)
  void decide_theWorldsOfTheReference_isWhatTheReferenceSays(long seed) {
    var random = new SplittableRandom(seed);
    for (int i = 0; i < WORLDS; i++) {
      World world = World.random(random);
      Decision right = ReferenceDecider.decide(world);
      assertEquals(
          right, decide(world.asked(), world.standing(), world.nowMicros()), () -> "" + world);
    }
  }

  @Test
  void add_oneMoreThanTheMaximum_isRefused() {
    var scopes = new AskedScopes();
    for (int i = 0; i < AskedScopes.SCOPES_MAX; i++) {
      assertTrue(scopes.add(i, i + 1));
    }
    assertFalse(scopes.add(0, 1));
    assertEquals(AskedScopes.SCOPES_MAX, scopes.count());
    scopes.clear();
    assertTrue(scopes.add(0, 1));
    assertEquals(1, scopes.count());
  }

  @Test
  void decide_theMostScopes_namesTheLastOfThem() {
    var asked = new ArrayList<String>();
    for (int i = 0; i < AskedScopes.SCOPES_MAX; i++) {
      asked.add("s" + i);
    }
    Deny deny = (Deny) decide(asked, Standing.NONE, 0);
    assertNotNull(deny);
    assertEquals(asked, deny.missing().stream().map(Scope::value).toList());
  }

  @Test
  void decide_aScopeThatIsNone_isNotDecidedUnderAnyStanding() {
    assertNull(decide(List.of("a", "a b"), Standing.NONE, 0));
    assertNull(decide(List.of("a b"), granting(List.of("a")), 0));
  }

  @Test
  void decide_noScopes_isNotDecided() {
    assertNull(decide(List.of(), granting(List.of("a")), 0));
  }

  private static Optional<String> firstDifference(Reader reader, long seed) {
    var random = new SplittableRandom(seed);
    for (int i = 0; i < WORLDS; i++) {
      List<String> asked = some(random, random.nextInt(20) == 0 ? TEXTS.size() : VALID_TEXTS, 1);
      Standing standing =
          random.nextInt(10) == 0 ? Standing.NONE : granting(some(random, VALID_TEXTS, 0));
      if (random.nextInt(10) == 0) {
        standing = standing.withAppSuspended(true);
      }
      Decision right = plain(asked, standing);
      Decision given = reader.decide(asked, standing);
      if (right == null ? given != null : !right.equals(given)) {
        return Optional.of("%s of %s is %s, not %s".formatted(asked, standing, right, given));
      }
    }
    return Optional.empty();
  }

  private static @Nullable Decision plain(List<String> asked, Standing standing) {
    try {
      return Decision.decide(
          new CheckQuestion(KEY, asked.stream().map(Scope::new).toList()), standing, 0);
    } catch (InvalidValueException e) {
      return null;
    }
  }

  private static @Nullable Decision decide(List<String> asked, Standing standing, long nowMicros) {
    return decide(asked, standing, nowMicros, 0, 0);
  }

  /**
   * The decision in bytes as a decision.
   *
   * @param before how many bytes too far each scope begins
   * @param after how many too early it ends
   */
  private static @Nullable Decision decide(
      List<String> asked, Standing standing, long nowMicros, int before, int after) {
    var text = new ByteArrayOutputStream();
    var scopes = new AskedScopes();
    for (String scope : asked) {
      text.writeBytes(new byte[] {'-', '-'});
      int from = text.size();
      text.writeBytes(scope.getBytes(StandardCharsets.UTF_8));
      scopes.add(from + before, Math.max(from + before, text.size() - after));
    }
    text.writeBytes(new byte[] {'-', '-'});
    var outcome = scopes.decide(text.toByteArray(), standing, nowMicros);
    if (outcome == null) {
      return null;
    }
    DenyReason reason = outcome.reason();
    if (reason == null) {
      return new Allow(standing.expireMicros());
    }
    var missing = new ArrayList<Scope>();
    for (int i = 0; i < asked.size(); i++) {
      if (outcome.isMissing(i)) {
        missing.add(new Scope(asked.get(i)));
      }
    }
    return new Deny(reason, missing);
  }

  private static Standing granting(List<String> scopes) {
    return new Standing(
        false,
        new Terms(
            GrantState.ACTIVE, ScopeSet.of(scopes.stream().map(Scope::new).toList()), Terms.NEVER));
  }

  /** With repetitions. */
  private static List<String> some(SplittableRandom random, int texts, int min) {
    var some = new ArrayList<String>();
    int size = random.nextInt(min, 7);
    while (some.size() < size) {
      some.add(TEXTS.get(random.nextInt(texts)));
    }
    return some;
  }

  /** What decides in bytes, and with bugs that somebody could write. */
  enum Reader {
    AS_IT_IS {
      @Override
      @Nullable Decision decide(List<String> asked, Standing standing) {
        return AskedScopesTest.decide(asked, standing, 0);
      }
    },
    ONE_BYTE_SHORT {
      @Override
      @Nullable Decision decide(List<String> asked, Standing standing) {
        return AskedScopesTest.decide(asked, standing, 0, 0, 1);
      }
    },
    ONE_BYTE_LONG {
      @Override
      @Nullable Decision decide(List<String> asked, Standing standing) {
        return AskedScopesTest.decide(asked, standing, 0, 0, -1);
      }
    },
    LAST_SCOPE_FORGOTTEN {
      @Override
      @Nullable Decision decide(List<String> asked, Standing standing) {
        return AskedScopesTest.decide(asked.subList(0, Math.max(1, asked.size() - 1)), standing, 0);
      }
    };

    abstract @Nullable Decision decide(List<String> asked, Standing standing);
  }
}
