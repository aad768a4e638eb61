package dev.consentry.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.metrics.Counters;
import dev.consentry.server.security.Caller;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.server.table.View;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is answered in bytes is, byte for byte, what is answered by messages; and all that can be
 * answered in bytes is.
 */
final class MemoryAnswersTest {
  private static final int CASES = 100_000;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 20_261_125})
  void check_randomRequests_isTheReplyByMessages(long seed) {
    assertEquals(Optional.empty(), compareChecks(seed, Bug.NONE));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {2, 20_261_126})
  void item_randomRequests_isTheReplyByMessages(long seed) {
    assertEquals(Optional.empty(), compareItems(seed, Bug.NONE));
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = 3)
  void batch_randomRequests_isTheReplyByMessages(long seed) {
    assertEquals(Optional.empty(), compareBatches(seed, Bug.NONE));
  }

  @ParameterizedTest(name = "{0}, seed 1")
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void compare_plantedBug_isFound(Bug bug) {
    assertTrue(compareChecks(1, bug).isPresent(), "check");
    assertTrue(compareItems(1, bug).isPresent(), "item");
    assertTrue(compareBatches(1, bug).isPresent(), "batch");
  }

  @Test
  void check_usualQuestions_areAllAnsweredInBytes() {
    var requests = new RandomRequests(new SplittableRandom(5));
    var memory = new MemoryAnswers(requests.table(), new Counters(), DecisionLog.OFF);
    int answered = 0;
    for (int i = 0; i < 1_000; i++) {
      answered += memory.check(Caller.LOCAL, requests.usualCheck().toByteArray()) == null ? 0 : 1;
    }
    assertEquals(1_000, answered);
  }

  @Test
  void check_answeredInBytes_isCountedOnce() {
    var requests = new RandomRequests(new SplittableRandom(5));
    var counters = new Counters();
    var memory = new MemoryAnswers(requests.table(), counters, DecisionLog.OFF);
    for (int i = 0; i < 100; i++) {
      memory.check(Caller.LOCAL, requests.usualCheck().toByteArray());
    }
    long counted =
        counters.snapshot().entrySet().stream()
            .filter(count -> count.getKey().startsWith("decisions."))
            .mapToLong(count -> count.getValue())
            .sum();
    assertEquals(100, counted);
  }

  private static Optional<String> compareChecks(long seed, Bug bug) {
    return compare(
        seed,
        bug,
        RandomRequests::check,
        (memory, request) -> memory.check(Caller.LOCAL, request),
        MemoryAnswersTest::checkByMessage);
  }

  private static Optional<String> compareItems(long seed, Bug bug) {
    var fields = new FieldCursor();
    var question = new QuestionBytes();
    return compare(
        seed,
        bug,
        RandomRequests::item,
        (memory, request) -> memory.item(Caller.LOCAL, request, fields, question),
        MemoryAnswersTest::itemByMessage);
  }

  private static Optional<String> compareBatches(long seed, Bug bug) {
    return compare(
        seed,
        bug,
        RandomRequests::batch,
        (memory, request) -> memory.batch(Caller.LOCAL, request),
        MemoryAnswersTest::batchByMessage);
  }

  private static Optional<String> compare(
      long seed,
      Bug bug,
      Function<RandomRequests, byte[]> next,
      BiFunction<MemoryAnswers, byte[], byte @Nullable []> inBytes,
      ByMessage byMessage) {
    var requests = new RandomRequests(new SplittableRandom(seed));
    var memory =
        new MemoryAnswers(new Buggy(requests.table(), bug), new Counters(), DecisionLog.OFF);
    int answered = 0;
    for (int i = 0; i < CASES; i++) {
      byte[] request = next.apply(requests);
      byte[] reply = inBytes.apply(memory, request);
      if (reply != null) {
        answered++;
        byte[] right = replyByMessage(byMessage, requests.table(), request);
        if (!Arrays.equals(right, reply)) {
          return Optional.of(
              "case %d: %s gives %s, not %s"
                  .formatted(i, hex(request), hex(reply), right == null ? "none" : hex(right)));
        }
      } else if (requests.lastWasUsual()) {
        return Optional.of("case %d: %s is not answered".formatted(i, hex(request)));
      }
      if (i % 50 == 0) {
        requests.change();
      }
    }
    // Otherwise the comparison would say little.
    assertTrue(answered > CASES / 4, "answered in bytes: " + answered);
    assertTrue(answered < CASES * 19 / 20, "answered in bytes: " + answered);
    return Optional.empty();
  }

  private static byte @Nullable [] replyByMessage(
      ByMessage byMessage, DecisionPoint table, byte[] request) {
    try {
      return byMessage.reply(table, request);
    } catch (InvalidProtocolBufferException | InvalidFieldsException e) {
      return null;
    }
  }

  private static byte @Nullable [] checkByMessage(DecisionPoint table, byte[] bytes)
      throws InvalidProtocolBufferException {
    CheckRequest request = CheckRequest.parseFrom(bytes);
    Answer answer =
        table.answerNow(Checks.question(Caller.LOCAL, request), Checks.consistency(request));
    return answer == null ? null : Checks.response(answer).toByteArray();
  }

  private static byte @Nullable [] itemByMessage(DecisionPoint table, byte[] bytes)
      throws InvalidProtocolBufferException {
    StreamCheckRequest item = StreamCheckRequest.parseFrom(bytes);
    Answer answer = table.answerNow(Checks.question(Caller.LOCAL, item), Checks.consistency(item));
    return answer == null
        ? null
        : StreamCheckResponse.newBuilder()
            .setCorrelationId(item.getCorrelationId())
            .setResponse(Checks.response(answer))
            .build()
            .toByteArray();
  }

  private static byte[] batchByMessage(DecisionPoint table, byte[] bytes)
      throws InvalidProtocolBufferException {
    Batch batch =
        Batch.of(
            Caller.LOCAL, BatchCheckRequest.parseFrom(bytes), _ -> CheckError.getDefaultInstance());
    var answers = table.answerAll(batch.questions(), batch.consistency());
    return batch.response(answers.join()).toByteArray();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** The long way. */
  @FunctionalInterface
  private interface ByMessage {
    byte @Nullable [] reply(DecisionPoint table, byte[] request)
        throws InvalidProtocolBufferException;
  }

  /** What somebody could get wrong between the table and the bytes. */
  enum Bug {
    NONE,
    SUSPENSION_FORGOTTEN,
    CLOCK_STANDS_STILL,
    REVISION_OF_BEFORE
  }

  /** A table with a bug on the way in bytes. */
  private record Buggy(DecisionPoint table, Bug bug) implements ForwardingTable {
    @Override
    public @Nullable Truth known(AskedKey key) {
      Truth truth = table.known(key);
      return truth == null
          ? null
          : new Truth(
              bug == Bug.SUSPENSION_FORGOTTEN
                  ? truth.standing().withAppSuspended(false)
                  : truth.standing(),
              RandomRequests.back(truth.at(), bug == Bug.REVISION_OF_BEFORE ? 1 : 0));
    }

    @Override
    public View view() {
      View view = table.view();
      return new RandomRequests.BuggyView(
          view,
          bug == Bug.SUSPENSION_FORGOTTEN,
          RandomRequests.back(view.at(), bug == Bug.REVISION_OF_BEFORE ? 1 : 0));
    }

    @Override
    public long decisionMicros() {
      return bug == Bug.CLOCK_STANDS_STILL ? 0 : table.decisionMicros();
    }
  }
}
