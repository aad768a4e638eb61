package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.AskedScopes;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.View;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch answered in bytes keeps the promises and the limits of one answered by messages. */
final class BatchInBytesTest {
  private final RandomRequests requests = new RandomRequests(new SplittableRandom(7));
  private final MemoryAnswers memory =
      new MemoryAnswers(requests.table(), new Counters(), DecisionLog.OFF);

  @Test
  void batch_mostItemsAndOneMore_isAnsweredAndLeft() {
    assertNotNull(memory.batch(Caller.LOCAL, batch(Batch.ITEMS_MAX, 1)));
    assertNull(memory.batch(Caller.LOCAL, batch(Batch.ITEMS_MAX + 1, 1)));
  }

  @Test
  void batch_mostScopesAndOneMore_isAnsweredAndLeft() {
    int perItem = Batch.SCOPES_MAX / Batch.ITEMS_MAX;
    var most = items(Batch.ITEMS_MAX, perItem);
    assertNotNull(memory.batch(Caller.LOCAL, most.build().toByteArray()));
    most.setItems(0, itemOf(perItem + 1));
    assertNull(memory.batch(Caller.LOCAL, most.build().toByteArray()));
  }

  @Test
  void check_mostScopesAndOneMore_isAnsweredAndLeft() {
    assertNotNull(memory.check(Caller.LOCAL, check(AskedScopes.SCOPES_MAX).toByteArray()));
    assertNull(memory.check(Caller.LOCAL, check(AskedScopes.SCOPES_MAX + 1).toByteArray()));
  }

  @Test
  void batch_tooStaleOnceAllIsFound_isLeft() {
    var stale = new OneView(requests.table(), false);
    assertNull(
        new MemoryAnswers(stale, new Counters(), DecisionLog.OFF).batch(Caller.LOCAL, batch(3, 1)));
    assertEquals(List.of("view", "find", "find", "find", "isFresh"), stale.asked);
  }

  @Test
  void batch_fresh_isOneViewWhoseFreshnessIsAskedLast() {
    var fresh = new OneView(requests.table(), true);
    assertNotNull(
        new MemoryAnswers(fresh, new Counters(), DecisionLog.OFF).batch(Caller.LOCAL, batch(3, 1)));
    assertEquals(List.of("view", "find", "find", "find", "isFresh"), fresh.asked);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {DecisionRpc.BATCH_BYTES_AT_ONCE_MAX, DecisionRpc.BATCH_BYTES_AT_ONCE_MAX + 1})
  void batchCheck_atAndAboveWhatIsLookedUpAtOnce_leavesTheThreadAboveIt(int bytes) {
    var threads = new Threads();
    try (var server = TestServer.start(TestServer.Wrapping.ofTable(threads::wrapping))) {
      server.decisions().batchCheck(ofBytes(bytes));
      assertEquals(bytes > DecisionRpc.BATCH_BYTES_AT_ONCE_MAX, threads.viewOnVirtual);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        DecisionRpc.BATCH_MESSAGE_BYTES_AT_ONCE_MAX,
        DecisionRpc.BATCH_MESSAGE_BYTES_AT_ONCE_MAX + 1
      })
  void batchCheck_atAndAboveWhatIsReadAsAMessageAtOnce_leavesTheThreadAboveIt(int bytes) {
    var threads = new Threads();
    try (var server = TestServer.start(TestServer.Wrapping.ofTable(threads::wrapping))) {
      server.decisions().batchCheck(ofBytes(bytes));
      assertFalse(threads.viewOnVirtual);
      assertEquals(bytes > DecisionRpc.BATCH_MESSAGE_BYTES_AT_ONCE_MAX, threads.answerAllOnVirtual);
    }
  }

  /** Items that nobody was ever asked about, in a message of this length: at least 300 bytes. */
  private static BatchCheckRequest ofBytes(int bytes) {
    var batch = BatchCheckRequest.newBuilder();
    while (bytes - size(batch) > 300) {
      batch.addItems(item(100));
    }
    for (int letters = 1; letters <= 256; letters++) {
      for (int more = 1; more <= 256; more += 255) {
        var whole = batch.clone().addItems(item(letters)).addItems(item(more));
        if (size(whole) == bytes) {
          return whole.build();
        }
      }
    }
    throw new IllegalArgumentException("no batch has " + bytes + " bytes");
  }

  private static BatchCheckItem.Builder item(int letters) {
    return BatchCheckItem.newBuilder()
        .setAccountId("a".repeat(letters))
        .setAppId("b")
        .addScopes("c");
  }

  private static int size(BatchCheckRequest.Builder batch) {
    return batch.build().getSerializedSize();
  }

  private byte[] batch(int items, int scopesEach) {
    return items(items, scopesEach).build().toByteArray();
  }

  private BatchCheckRequest.Builder items(int items, int scopesEach) {
    var batch = BatchCheckRequest.newBuilder();
    for (int i = 0; i < items; i++) {
      batch.addItems(itemOf(scopesEach));
    }
    return batch;
  }

  private BatchCheckItem itemOf(int scopes) {
    CheckRequest check = check(scopes);
    return BatchCheckItem.newBuilder()
        .setAccountId(check.getAccountId())
        .setAppId(check.getAppId())
        .addAllScopes(check.getScopesList())
        .build();
  }

  private CheckRequest check(int scopes) {
    var check = requests.usualCheck().toBuilder().clearScopes();
    for (int i = 0; i < scopes; i++) {
      check.addScopes("read");
    }
    return check.build();
  }

  /** A table whose view says whether it is fresh, and remembers what it was asked. */
  private static final class OneView implements ForwardingTable, View {
    final List<String> asked = new ArrayList<>();
    private final DecisionPoint table;
    private final boolean fresh;
    private final View view;

    OneView(DecisionPoint table, boolean fresh) {
      this.table = table;
      this.fresh = fresh;
      this.view = table.view();
    }

    @Override
    public DecisionPoint table() {
      return table;
    }

    @Override
    public View view() {
      asked.add("view");
      return this;
    }

    @Override
    public Revision at() {
      return view.at();
    }

    @Override
    public @Nullable Standing find(AskedKey key) {
      asked.add("find");
      return view.find(key);
    }

    @Override
    public boolean isFresh() {
      asked.add("isFresh");
      return fresh;
    }
  }

  /** A table that notes on which kind of thread it is asked. */
  private static final class Threads implements ForwardingTable {
    private @Nullable DecisionPoint wrapped;
    volatile boolean viewOnVirtual;
    volatile boolean answerAllOnVirtual;

    DecisionPoint wrapping(DecisionPoint table) {
      wrapped = table;
      return this;
    }

    @Override
    public DecisionPoint table() {
      assertTrue(wrapped != null);
      return wrapped;
    }

    @Override
    public View view() {
      viewOnVirtual = Thread.currentThread().isVirtual();
      return table().view();
    }

    @Override
    public CompletableFuture<List<Answer>> answerAll(
        List<CheckQuestion> questions, Consistency consistency) {
      answerAllOnVirtual = Thread.currentThread().isVirtual();
      return table().answerAll(questions, consistency);
    }
  }
}
