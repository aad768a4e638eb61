package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TableKeyTest {
  /** As many as there are words of 14 times `Aa` or `BB`, which all have one hash. */
  private static final int COLLIDING = 1 << 14;

  private final TableKey.Maker maker = new TableKey.Maker(42);

  @Test
  void hashCode_idsThatCollideAsStrings_areAsSpreadAsRandomOnes() {
    List<String> colliding = IntStream.range(0, COLLIDING).mapToObj(TableKeyTest::word).toList();
    assertEquals(1, distinct(colliding, String::hashCode));
    var random = new SplittableRandom(7);
    List<String> others =
        IntStream.range(0, COLLIDING).mapToObj(i -> "id-" + random.nextLong()).toList();
    int spread = distinct(colliding, this::hash);
    assertTrue(spread > distinct(others, this::hash) * 99 / 100, spread + " distinct hashes");
  }

  @Test
  void hashCode_idsThatCollideAsStrings_areInsertedAsFastAsRandomOnes() {
    List<String> colliding = IntStream.range(0, COLLIDING).mapToObj(TableKeyTest::word).toList();
    var random = new SplittableRandom(7);
    List<String> others =
        IntStream.range(0, COLLIDING).mapToObj(i -> "id-" + random.nextLong()).toList();
    insertNanos(others);
    insertNanos(colliding);
    // Fewest of five: the machine is not ours alone. A plain record's hash is 1,000 times slower.
    long plain = IntStream.range(0, 5).mapToLong(i -> insertNanos(others)).min().getAsLong();
    long hostile = IntStream.range(0, 5).mapToLong(i -> insertNanos(colliding)).min().getAsLong();
    assertTrue(hostile < 20 * plain, "%d ns against %d ns".formatted(hostile, plain));
  }

  @Test
  void hashCode_anotherSeed_differs() {
    var other = new TableKey.Maker(43);
    GrantKey key = key("acme", "app");
    assertEquals(maker.of(key).hashCode(), new TableKey.Maker(42).of(key).hashCode());
    assertNotEquals(maker.of(key).hashCode(), other.of(key).hashCode());
  }

  @Test
  void equals_sameCharactersDividedElsewhere_differ() {
    var keys =
        new HashSet<>(
            List.of(maker.of(key("ab", "c")), maker.of(key("a", "bc")), maker.of(key("c", "ab"))));
    assertEquals(3, keys.size());
    assertEquals(3, keys.stream().mapToInt(TableKey::hashCode).distinct().count());
  }

  @Test
  void equals_samePair_isEqual() {
    assertEquals(maker.of(key("acme", "app")), maker.of(key("acme", "app")));
    assertNotEquals(maker.of(key("acme", "app")), maker.of(key("ACME", "app")));
    assertNotEquals(maker.of(key("acme", "app")), maker.of(key("acme", "App")));
  }

  private int hash(String account) {
    return maker.of(key(account, "app")).hashCode();
  }

  private static int distinct(List<String> ids, ToIntFunction<String> hash) {
    return (int) ids.stream().mapToInt(hash).distinct().count();
  }

  private long insertNanos(List<String> ids) {
    var map = new ConcurrentHashMap<TableKey, Boolean>();
    long start = System.nanoTime();
    ids.forEach(id -> map.put(maker.of(key(id, "app")), true));
    return System.nanoTime() - start;
  }

  private static String word(int bits) {
    var word = new StringBuilder();
    for (int i = 0; i < 14; i++) {
      word.append((bits >> i & 1) == 0 ? "Aa" : "BB");
    }
    return word.toString();
  }

  private static GrantKey key(String account, String app) {
    return new GrantKey(new AccountId(account), new AppId(app));
  }
}
