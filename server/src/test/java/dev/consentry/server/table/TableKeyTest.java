package dev.consentry.server.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17, 23, 24, 25, 31, 32, 33, 255, 256})
  void asked_idsOfAnyLengthAnywhereInAText_findsTheKeyAndNoOther(int length) {
    var random = new SplittableRandom(length);
    for (int otherLength = 1; otherLength < 20; otherLength++) {
      String account = text(random, length);
      String app = text(random, otherLength);
      var map = new HashMap<TableKey, String>();
      map.put(maker.of(key(account, app)), "it");
      assertEquals("it", map.get(asked(account, app)));
      assertNull(map.get(asked(account, changed(app))));
      assertNull(map.get(asked(changed(account), app)));
      assertNull(map.get(asked(account + "x", app)));
      assertNull(map.get(asked(account, "x" + app)));
    }
  }

  @Test
  void idBytes_appThatRepeats_isPaidForByNobody() {
    TableKey key = maker.of(key("acme", "an-app"));
    assertEquals("acme".length(), key.idBytes());
    assertSame(key.app, maker.of(key("globex", "an-app")).app);
  }

  /** In the middle of a text, as in a request. */
  private LookUpKey asked(String account, String app) {
    byte[] text = ("..." + account + "--" + app + ".").getBytes(StandardCharsets.US_ASCII);
    int appFrom = 3 + account.length() + 2;
    var asked = new AskedKey();
    asked.set(text, 3, 3 + account.length(), appFrom, appFrom + app.length());
    return maker.hashed(asked);
  }

  private static String text(SplittableRandom random, int length) {
    var text = new StringBuilder();
    random.ints(length, 0x21, 0x7E).forEach(text::appendCodePoint);
    return text.toString();
  }

  private static String changed(String id) {
    return id.substring(0, id.length() - 1) + (char) (id.charAt(id.length() - 1) + 1);
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
