package dev.consentry.server.decision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScopeSetTest {
  @Test
  void of_anyOrderAndRepetitions_isTheSameSet() {
    var set = set("b", "a", "b", "B");
    assertEquals(set("B", "a", "b"), set);
    assertEquals(set("B", "a", "b").hashCode(), set.hashCode());
    assertEquals(scopes("B", "a", "b"), set.asList(), "sorted bytewise");
    assertEquals(3, set.size());
    assertNotEquals(set("a", "b"), set);
  }

  @Test
  void of_nothing_isEmpty() {
    assertTrue(set().isEmpty());
    assertEquals(0, set().size());
    assertFalse(set().contains(new Scope("a")));
    assertTrue(set().containsAll(List.of()));
    assertFalse(set("a").isEmpty());
  }

  @Test
  void of_listChangedAfterwards_doesNotChangeTheSet() {
    var scopes = new ArrayList<>(scopes("a"));
    var set = ScopeSet.of(scopes);
    scopes.clear();
    assertEquals(set("a"), set);
    assertThrows(UnsupportedOperationException.class, () -> set.asList().clear());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 7)
  void contains_randomSets_isWhatAHashSetSays(long seed) {
    var random = new SplittableRandom(seed);
    for (int round = 0; round < 1_000; round++) {
      var model = new HashSet<Scope>();
      for (int i = random.nextInt(200); i > 0; i--) {
        model.add(new Scope(Integer.toString(random.nextInt(300), 36)));
      }
      var set = ScopeSet.of(model);
      assertEquals(model.size(), set.size());
      var asked = new ArrayList<Scope>();
      for (int i = 0; i < 5; i++) {
        asked.add(new Scope(Integer.toString(random.nextInt(300), 36)));
        assertEquals(model.contains(asked.getLast()), set.contains(asked.getLast()));
        assertEquals(model.containsAll(asked), set.containsAll(asked));
      }
    }
  }

  private static ScopeSet set(String... names) {
    return ScopeSet.of(scopes(names));
  }

  private static List<Scope> scopes(String... names) {
    return Arrays.stream(names).map(Scope::new).toList();
  }
}
