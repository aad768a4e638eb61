package dev.consentry.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.client.FakeServer;
import dev.consentry.v1.BatchCheckResponse;
import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DecisionServiceGrpc;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.StreamCheckRequest;
import dev.consentry.v1.StreamCheckResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loads against a real server. */
final class LoadTest {
  private static final CheckError SHED =
      CheckError.newBuilder()
          .setCode(Status.Code.RESOURCE_EXHAUSTED.value())
          .setReason(ErrorReason.ERROR_REASON_OVERLOADED)
          .build();

  private final FakeServer server = CheckAnswers.on(FakeServer.start());

  private final String address = server.address();

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({"UNARY, 1, 1", "BATCH, 10, 1", "STREAM, 1, 3"})
  void run_closedLoop_countsEveryAnswer(Mode mode, int batchSize, int streams) throws Exception {
    Report report = run(Loads.of(mode, new Pace.Closed(8), batchSize, streams));

    assertAnswered(report);
    assertEquals(report.asked(), report.answers());
    assertEquals("", report.shortfall());
  }

  @ParameterizedTest
  @CsvSource({"UNARY, 1, 1", "BATCH, 10, 1", "STREAM, 1, 3"})
  void run_openLoop_asksAsOftenAsItSays(Mode mode, int batchSize, int streams) throws Exception {
    Report report = run(Loads.of(mode, new Pace.Open(1_000), batchSize, streams));

    assertAnswered(report);
    assertEquals(200, report.asked() + report.unsent());
    assertEquals(report.asked(), report.answers());
    assertEquals(report.asked() / batchSize, report.lateness().getTotalCount());
  }

  @Test
  void run_stream_matchesAnswersByTheirIds() throws Exception {
    run(Loads.of(Mode.STREAM, new Pace.Closed(8), 1, 2));

    Set<String> ids = new HashSet<>();
    for (StreamCheckRequest item : server.requests(DecisionServiceGrpc.getStreamCheckMethod())) {
      ids.add(item.getCorrelationId());
    }
    // Places that were left are taken again.
    assertEquals(Set.of("0", "1", "2", "3"), ids);
  }

  @Test
  void run_oneFixedQuestion_asksNothingElse() throws Exception {
    Settings drawn = Loads.unary(new Pace.Closed(4));
    Report report =
        run(
            new Settings(
                Mode.UNARY,
                drawn.pace(),
                new Asked.Fixed("acme", "ledger-sync", List.of("invoices.read", "x")),
                drawn.duration(),
                drawn.warmUp(),
                drawn.timeout(),
                1,
                1,
                1));

    assertEquals(Set.of("ALLOW"), report.outcomes().keySet());
    CheckRequest asked =
        CheckRequest.newBuilder()
            .setAccountId("acme")
            .setAppId("ledger-sync")
            .addScopes("invoices.read")
            .addScopes("x")
            .build();
    assertEquals(
        Set.of(asked), new HashSet<>(server.requests(DecisionServiceGrpc.getCheckMethod())));
  }

  @Test
  void run_warmUp_countsNothingOfIt() throws Exception {
    Settings counted = Loads.unary(new Pace.Open(500));
    Report report =
        run(
            new Settings(
                Mode.UNARY,
                counted.pace(),
                counted.asked(),
                counted.duration(),
                Duration.ofMillis(200),
                counted.timeout(),
                1,
                1,
                1));

    assertEquals(100, report.asked());
    assertEquals(200, server.requests(DecisionServiceGrpc.getCheckMethod()).size());
    assertEquals(100, report.latency().getTotalCount());
  }

  @Test
  void run_shedCalls_areErrorsAndNoAnswers() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    server.on(
        DecisionServiceGrpc.getCheckMethod(),
        check -> {
          if (calls.getAndIncrement() % 2 == 0) {
            throw FakeServer.refusal(
                Status.Code.RESOURCE_EXHAUSTED,
                ErrorReason.ERROR_REASON_OVERLOADED,
                "too much",
                Map.of());
          }
          return CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW).build();
        });

    Report report = run(Loads.unary(new Pace.Open(1_000)));

    assertEquals(Set.of("RESOURCE_EXHAUSTED OVERLOADED"), report.failures().keySet());
    assertEquals(100, report.errors());
    assertEquals(100, report.answers());
    assertEquals(100, report.latency().getTotalCount());
    assertTrue(report.achievedPerSecond() <= 500, () -> "" + report.achievedPerSecond());
    assertEquals("errors", report.shortfall());
  }

  @Test
  void run_itemsShed_areErrorsBesideTheOthers() throws Exception {
    server
        .on(
            DecisionServiceGrpc.getBatchCheckMethod(),
            batch ->
                BatchCheckResponse.newBuilder()
                    .addResults(BatchCheckResult.newBuilder().setError(SHED))
                    .addResults(
                        BatchCheckResult.newBuilder()
                            .setResponse(
                                CheckResponse.newBuilder().setDecision(Decision.DECISION_ALLOW)))
                    .addResults(BatchCheckResult.getDefaultInstance())
                    .build())
        .on(
            DecisionServiceGrpc.getStreamCheckMethod(),
            item ->
                StreamCheckResponse.newBuilder()
                    .setCorrelationId(item.getCorrelationId())
                    .setError(SHED)
                    .build());

    Report batch = run(Loads.of(Mode.BATCH, new Pace.Open(750), 3, 1));
    Report stream = run(Loads.of(Mode.STREAM, new Pace.Closed(2), 1, 1));

    assertEquals(Map.of("ALLOW", 50L), batch.outcomes());
    assertEquals(Map.of("RESOURCE_EXHAUSTED OVERLOADED", 50L, "INTERNAL", 50L), batch.failures());
    assertEquals(50, batch.latency().getTotalCount());
    assertEquals(0, stream.answers());
    assertEquals(0, stream.latency().getTotalCount());
    assertEquals(Set.of("RESOURCE_EXHAUSTED OVERLOADED"), stream.failures().keySet());
  }

  @ParameterizedTest
  @CsvSource({"UNARY", "BATCH", "STREAM"})
  void run_serverGone_failsEveryQuestionAndEnds(Mode mode) throws Exception {
    server.close();

    Report report = run(Loads.of(mode, new Pace.Closed(4), 1, 1));

    assertEquals(0, report.answers());
    assertEquals(report.asked(), report.errors());
    assertEquals(Set.of("UNAVAILABLE"), report.failures().keySet());
  }

  @Test
  void run_noAnswerInTime_isAnError() throws Exception {
    server.onNothing(DecisionServiceGrpc.getCheckMethod());
    Settings counted = Loads.unary(new Pace.Closed(3));

    Report report =
        run(
            new Settings(
                Mode.UNARY,
                counted.pace(),
                counted.asked(),
                Duration.ofMillis(100),
                Duration.ZERO,
                Duration.ofMillis(200),
                1,
                1,
                1));

    assertEquals(Map.of("DEADLINE_EXCEEDED", 3L), report.failures());
  }

  @Test
  void run_rateNoMachineMakes_saysWhatLimitedIt() throws Exception {
    Report report = run(Loads.unary(new Pace.Open(Pace.RATE_PER_SECOND_MAX)));

    assertTrue(report.achievedPerSecond() < report.askedPerSecond());
    assertNotEquals("", report.shortfall());
    assertEquals(200_000, report.asked() + report.unsent());
    assertTrue(report.unsent() > 0);
  }

  @Test
  void end_beforeItsTime_tellsWhatWasMeasured() throws Exception {
    Settings counted = Loads.unary(new Pace.Closed(2));
    Load load =
        new Load(
            address,
            new Settings(
                Mode.UNARY,
                counted.pace(),
                counted.asked(),
                Duration.ofMinutes(10),
                Duration.ZERO,
                counted.timeout(),
                1,
                1,
                1),
            Loads.CLOCK);

    Report report =
        load.run(
            new Progress() {
              @Override
              public void warmingUp(Duration elapsed, Duration whole) {}

              @Override
              public void measured(Duration elapsed, Duration whole, Second second, long errors) {
                load.end();
              }
            });

    assertTrue(report.endedEarly());
    assertTrue(report.seconds() >= 1 && report.seconds() < 60, () -> "" + report.seconds());
    assertAnswered(report);
  }

  private Report run(Settings settings) throws InterruptedException {
    return new Load(address, settings, Loads.CLOCK).run(Progress.NONE);
  }

  private static void assertAnswered(Report report) {
    assertEquals(Map.of(), report.failures());
    assertEquals(
        Set.of("ALLOW", "DENY NO_GRANT", "DENY SCOPE_NOT_GRANTED"), report.outcomes().keySet());
    assertFalse(report.timeline().isEmpty());
    assertEquals(report.answers(), report.timeline().stream().mapToLong(Second::answers).sum());
    assertTrue(report.nanosAt(50) > 0 && report.nanosAt(50) <= report.nanosAt(100));
  }
}
