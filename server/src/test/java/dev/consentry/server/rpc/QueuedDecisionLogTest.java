package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.log.LineFile;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.rpc.DecisionLog.Call;
import dev.consentry.server.security.Caller;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DenyReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of what was heard, and what is lost, counted. */
final class QueuedDecisionLogTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final int MANY = 10_000;
  private static final int LINE_BYTES_MIN = 100;
  private static final byte[] REQUEST = TestServer.checkOf("acme", "app", "read").toByteArray();
  private static final byte[] ALLOW =
      CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build().toByteArray();
  private static final byte[] DENY =
      CheckResponse.newBuilder()
          .setDecision(Decision.DECISION_DENY)
          .setDenyReason(DenyReason.DENY_REASON_NO_GRANT)
          .build()
          .toByteArray();

  private final HeardLines sink = new HeardLines();

  @AfterEach
  void release() {
    sink.release();
  }

  @ParameterizedTest(name = "share {0}, seed 1")
  @ValueSource(doubles = {0, 0.01, 0.5, 1})
  void answered_allowed_areASampleAndDeniedAreAll(double share) {
    try (var log = start(share)) {
      for (int i = 0; i < MANY; i++) {
        log.answered(Call.CHECK, Caller.LOCAL, REQUEST, ALLOW, 1, true);
        if (i % 10 == 0) {
          log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
        }
      }
    }
    assertEquals(MANY / 10, written("DENY"));
    assertShare(share, written("ALLOW"), MANY);
  }

  @ParameterizedTest(name = "share {0}, seed 1")
  @ValueSource(doubles = {0, 0.01, 0.5, 1})
  void answered_batches_areSampledItemByItem(double share) {
    var request = BatchCheckRequest.newBuilder();
    var reply = BatchCheckResponse.newBuilder();
    for (int i = 0; i < 100; i++) {
      request.addItemsBuilder().setAccountId("acme").setAppId("app").addScopes("read");
      reply
          .addResultsBuilder()
          .getResponseBuilder()
          .setDecision(i % 10 == 0 ? Decision.DECISION_DENY : Decision.DECISION_ALLOW);
    }
    try (var log = start(share)) {
      for (int i = 0; i < 100; i++) {
        log.answered(
            Call.BATCH_CHECK,
            Caller.LOCAL,
            request.build().toByteArray(),
            reply.build().toByteArray(),
            100,
            false);
      }
    }
    assertEquals(1_000, written("DENY"));
    assertShare(share, written("ALLOW"), 9_000);
  }

  /** Five standard deviations. */
  private static void assertShare(double share, long written, int of) {
    double expected = share * of;
    double within = 5 * Math.sqrt(of * share * (1 - share));
    assertTrue(Math.abs(written - expected) <= within, () -> written + " of " + of);
  }

  @Test
  void start_shareBeyondItsEdges_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> start(-0.01));
    assertThrows(IllegalArgumentException.class, () -> start(1.01));
    assertThrows(IllegalArgumentException.class, () -> start(Double.NaN));
  }

  @Test
  void answered_writerHeld_neverBlocksAndCountsWhatItDrops() {
    sink.hold();
    int fit = (int) (QueuedDecisionLog.QUEUE_BYTES_MAX / entryBytes());
    int told = 2 * fit;
    var log = start(1);
    for (int i = 0; i < told; i++) {
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
    }
    long dropped = count(log, "dropped");
    // What the writer took before it was held up is no longer in the queue.
    int taken = QueuedDecisionLog.WRITE_BYTES / LINE_BYTES_MIN + 1;
    assertTrue(dropped <= told - fit && dropped >= told - fit - taken, () -> "dropped " + dropped);
    sink.release();
    log.close();
    assertEquals(told - dropped, sink.read().size());
    assertEquals(told - dropped, count(log, "lines"));
    assertEquals(dropped, count(log, "dropped"));
    assertEquals(0, count(log, "failed"));
  }

  @Test
  void answered_queueFullOfAllowed_hasRoomForDenied() {
    sink.hold();
    int fit = (int) (QueuedDecisionLog.QUEUE_BYTES_MAX / entryBytes());
    var log = start(1);
    for (int i = 0; i < fit; i++) {
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, ALLOW, 1, true);
    }
    long dropped = count(log, "dropped");
    assertTrue(dropped > 0);
    int denied = fit / 3;
    for (int i = 0; i < denied; i++) {
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
    }
    assertEquals(dropped, count(log, "dropped"));
    sink.release();
    log.close();
    assertEquals(denied, written("DENY"));
  }

  @Test
  void answered_batchDropped_countsEachOfItsAnswers() {
    sink.hold();
    var log = start(1);
    var huge = new byte[(int) QueuedDecisionLog.QUEUE_BYTES_MAX];
    log.answered(Call.BATCH_CHECK, Caller.LOCAL, huge, huge, 7, false);
    assertEquals(7, count(log, "dropped"));
    sink.release();
    log.close();
  }

  @Test
  void answered_sinkBroken_countsAndGoesOnOnceItIsMended() {
    sink.breakDown(true);
    try (var log = start(0)) {
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
      Await.until("a failure", () -> count(log, "failed") == 1);
      sink.breakDown(false);
      log.refused(Call.CHECK, Caller.LOCAL, REQUEST, new RefusedException(new Refusal.TooStale()));
      Await.until("a line", () -> count(log, "lines") == 1);
      assertEquals("TOO_STALE", sink.read().getFirst().get("error"));
      assertEquals(1, count(log, "failed"));
    }
  }

  @Test
  void answered_bytesThatAreNoMessage_isALineWithoutThem() {
    try (var log = start(0)) {
      log.refused(Call.CHECK, Caller.LOCAL, new byte[] {-1}, new IllegalStateException());
      log.refused(Call.STREAM_CHECK, Caller.LOCAL, new byte[] {-1}, new IllegalStateException());
      log.refused(Call.BATCH_CHECK, Caller.LOCAL, new byte[] {-1}, new IllegalStateException());
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
    }
    assertEquals(4, sink.read().size());
    assertEquals("INTERNAL", sink.read().getFirst().get("error"));
    assertEquals("NO_GRANT", sink.read().getLast().get("deny_reason"));
  }

  @Test
  void close_queueNotEmpty_isWrittenToItsEnd() {
    var log = start(1);
    IntStream.range(0, MANY)
        .forEach(_ -> log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false));
    log.close();
    assertEquals(MANY, sink.read().size());
    assertTrue(sink.isClosed());
    log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
    assertEquals(1, count(log, "dropped"));
  }

  @Test
  void close_sinkHangs_returnsAllTheSameAndCountsWhatIsLost() {
    sink.hold();
    var log = start(1);
    log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
    long start = System.nanoTime();
    log.close();
    long limit = QueuedDecisionLog.CLOSE_TIMEOUT.toNanos();
    assertTrue(System.nanoTime() - start < 5 * limit);
  }

  @Test
  void file_movedAwayWhileWritten_continuesInANewOne(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("decisions.log");
    Path moved = directory.resolve("decisions.log.1");
    try (var log = QueuedDecisionLog.start(LineFile.open(file), 0)) {
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
      Await.until("a line", () -> count(log, "lines") == 1);
      Files.move(file, moved);
      Await.until("a new file", () -> Files.exists(file));
      log.answered(Call.CHECK, Caller.LOCAL, REQUEST, DENY, 1, false);
    }
    assertEquals(1, Files.readAllLines(moved).size());
    assertEquals(1, Files.readAllLines(file).size());
  }

  private QueuedDecisionLog start(double share) {
    return QueuedDecisionLog.start(
        sink, share, new Random(1)::nextDouble, InstantSource.fixed(NOW));
  }

  private static int entryBytes() {
    return QueuedDecisionLog.ENTRY_BYTES + REQUEST.length + DENY.length;
  }

  private long written(String decision) {
    return sink.read().stream().filter(line -> decision.equals(line.get("decision"))).count();
  }

  private static long count(DecisionLog log, String name) {
    return Measure.logged(log.measures()).get("decision_log." + name);
  }
}
