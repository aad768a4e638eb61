package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SharesTest {
  private static final long MAX_BYTES = 1 << 20;
  private static final Standing GRANTED =
      new Standing(
          false,
          new Terms(
              GrantState.ACTIVE,
              ScopeSet.of(List.of(new Scope("read"), new Scope("write"))),
              Terms.NEVER));

  private final TableKey.Maker maker = new TableKey.Maker(42);
  private final Shares shares = Shares.ofBytes(MAX_BYTES);

  @Test
  void put_madeUpIdsFarAboveTheirShare_everyGrantStays() {
    List<TableKey> hot = keys("hot", 1_000);
    hot.forEach(key -> put(key, GRANTED));
    keys("made-up", 100_000).forEach(key -> put(key, Standing.NONE));
    shares.awaitEvictions();
    assertEquals(1_000, hot.stream().filter(key -> shares.find(key) != null).count());
  }

  @Test
  void put_farAboveTheBound_weightStaysBelowIt() {
    keys("grant", 50_000).forEach(key -> put(key, GRANTED));
    keys("made-up", 50_000).forEach(key -> put(key, Standing.NONE));
    shares.awaitEvictions();
    var bytes = new AtomicLong();
    shares.forEachKey((key, share) -> bytes.addAndGet(share.get(key).weight(key)));
    assertTrue(bytes.get() <= MAX_BYTES, () -> bytes + " bytes");
    assertTrue(bytes.get() > MAX_BYTES / 2, () -> bytes + " bytes");
  }

  @Test
  void put_entryAboveTheWholeBound_isNotKept() {
    Shares tiny = Shares.ofBytes(1);
    TableKey key = keys("any", 1).getFirst();
    tiny.shareOf(new Entry(GRANTED, 1)).put(key, new Entry(GRANTED, 1));
    tiny.awaitEvictions();
    assertNull(tiny.find(key));
  }

  @Test
  void weight_moreScopesAndLongerIds_weighMore() {
    TableKey shortId = keys("a", 1).getFirst();
    TableKey longId = keys("a".repeat(200), 1).getFirst();
    var entry = new Entry(GRANTED, 1);
    assertTrue(entry.weight(longId) > entry.weight(shortId));
    assertTrue(entry.weight(shortId) > new Entry(Standing.NONE, 1).weight(shortId));
  }

  @Test
  void replaceOlder_absenceThatWasGranted_isReplacedWhereItIs() {
    TableKey key = keys("any", 1).getFirst();
    put(key, Standing.NONE);
    shares.replaceOlder(key, new Entry(GRANTED, 2));
    assertEquals(GRANTED, requireNonNull(shares.find(key)).standing());
  }

  @Test
  void replaceOlder_unknownKey_bringsNothingIn() {
    TableKey key = keys("any", 1).getFirst();
    shares.replaceOlder(key, new Entry(GRANTED, 2));
    assertNull(shares.find(key));
  }

  @Test
  void replaceOlder_newerEntry_stays() {
    TableKey key = keys("any", 1).getFirst();
    shares.shareOf(new Entry(GRANTED, 5)).put(key, new Entry(GRANTED, 5));
    shares.replaceOlder(key, new Entry(Standing.NONE, 4));
    assertEquals(5, requireNonNull(shares.find(key)).revision());
  }

  @Test
  void dropOlderElsewhere_absenceOfBefore_isGone() {
    TableKey key = keys("any", 1).getFirst();
    put(key, Standing.NONE);
    shares.dropOlderElsewhere(key, new Entry(GRANTED, 2));
    assertNull(shares.find(key));
  }

  private void put(TableKey key, Standing standing) {
    var entry = new Entry(standing, 1);
    shares.shareOf(entry).put(key, entry);
  }

  private List<TableKey> keys(String prefix, int count) {
    var app = new AppId("app");
    return IntStream.range(0, count)
        .mapToObj(i -> maker.of(new GrantKey(new AccountId(prefix + i), app)))
        .toList();
  }
}
