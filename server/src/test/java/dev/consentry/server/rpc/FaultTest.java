package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.TestServer.checkOf;
import static dev.consentry.server.rpc.TestServer.grantOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Violation;
import dev.consentry.server.decision.AccountId;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.table.Answer;
import dev.consentry.server.table.AskedKey;
import dev.consentry.server.table.Consistency;
import dev.consentry.server.table.DecisionPoint;
import dev.consentry.server.table.Truth;
import dev.consentry.server.table.View;
import dev.consentry.v1.App;
import dev.consentry.v1.BatchCheckItem;
import dev.consentry.v1.BatchCheckRequest;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.PreviewGrantRequest;
import dev.consentry.v1.PutAppRequest;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FaultTest {
  private static final AppId APP = new AppId("x");
  private static final GrantKey KEY = new GrantKey(new AccountId("acme"), APP);
  private static final Revision AT = new Revision(new Epoch("epoch-0000000000"), 7);
  private static final UUID ID = UUID.fromString("0189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4d");

  record Case(
      Refusal refusal, Status.Code code, ErrorReason reason, Map<String, String> metadata) {}

  /** Everything that can be refused, and what the contract says of it. */
  static Stream<Case> everyRefusal() {
    return Stream.of(
        new Case(
            new Refusal.InvalidRequest(List.of(new Violation("reason", "must be shorter"))),
            Status.Code.INVALID_ARGUMENT,
            ErrorReason.ERROR_REASON_INVALID_REQUEST,
            Map.of()),
        new Case(
            new Refusal.Unauthenticated("no credential"),
            Status.Code.UNAUTHENTICATED,
            ErrorReason.ERROR_REASON_UNAUTHENTICATED,
            Map.of()),
        new Case(
            new Refusal.NotAllowed(),
            Status.Code.PERMISSION_DENIED,
            ErrorReason.ERROR_REASON_NOT_ALLOWED,
            Map.of()),
        new Case(
            new Refusal.AppNotFound(APP),
            Status.Code.NOT_FOUND,
            ErrorReason.ERROR_REASON_APP_NOT_FOUND,
            Map.of("app_id", "x")),
        new Case(
            new Refusal.GrantNotFound(KEY),
            Status.Code.NOT_FOUND,
            ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
            Map.of("app_id", "x", "account_id", "acme")),
        new Case(
            new Refusal.GrantExists(KEY, AT),
            Status.Code.ALREADY_EXISTS,
            ErrorReason.ERROR_REASON_GRANT_EXISTS,
            Map.of("grant_revision", AT.token())),
        new Case(
            new Refusal.AppSuspended(APP),
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_APP_SUSPENDED,
            Map.of("app_id", "x")),
        new Case(
            new Refusal.AppHasGrants(APP, 70_000),
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_APP_HAS_GRANTS,
            Map.of("active_count", "70000")),
        new Case(
            new Refusal.RequestIdReused(ID),
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_REQUEST_ID_REUSED,
            Map.of("request_id", ID.toString())),
        new Case(
            new Refusal.ManifestChanged(APP, 3),
            Status.Code.ABORTED,
            ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
            Map.of("manifest_version", "3")),
        new Case(
            new Refusal.GrantChanged(KEY, AT),
            Status.Code.ABORTED,
            ErrorReason.ERROR_REASON_GRANT_CHANGED,
            Map.of("grant_revision", AT.token())),
        new Case(
            new Refusal.GrantChanged(KEY, null),
            Status.Code.ABORTED,
            ErrorReason.ERROR_REASON_GRANT_CHANGED,
            Map.of("grant_revision", "")),
        new Case(
            new Refusal.Overloaded(Duration.ofMillis(1_500)),
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_OVERLOADED,
            Map.of()),
        new Case(
            new Refusal.TooStale(),
            Status.Code.UNAVAILABLE,
            ErrorReason.ERROR_REASON_TOO_STALE,
            Map.of()),
        new Case(
            new Refusal.StoreUnavailable(),
            Status.Code.UNAVAILABLE,
            ErrorReason.ERROR_REASON_STORE_UNAVAILABLE,
            Map.of()),
        new Case(
            new Refusal.RevisionAhead(),
            Status.Code.UNAVAILABLE,
            ErrorReason.ERROR_REASON_REVISION_AHEAD,
            Map.of()),
        new Case(
            new Refusal.RevisionTooOld(),
            Status.Code.OUT_OF_RANGE,
            ErrorReason.ERROR_REASON_REVISION_TOO_OLD,
            Map.of()),
        new Case(
            new Refusal.ShuttingDown(),
            Status.Code.UNAVAILABLE,
            ErrorReason.ERROR_REASON_SHUTTING_DOWN,
            Map.of()),
        new Case(
            new Refusal.OutcomeUnknown(),
            Status.Code.UNAVAILABLE,
            ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
            Map.of()));
  }

  @Test
  void everyRefusal_table_hasThemAll() {
    assertEquals(
        Stream.of(Refusal.class.getPermittedSubclasses()).map(Class::getName).sorted().toList(),
        everyRefusal().map(c -> c.refusal().getClass().getName()).distinct().sorted().toList());
  }

  @ParameterizedTest
  @MethodSource("everyRefusal")
  void grant_refused_endsAsTheContractSays(Case refused) {
    try (var server = serverThatFails(new RefusedException(refused.refusal()))) {
      Failure failure = Failure.of(() -> server.grants().grant(grantOf("acme", "x").build()));
      assertEquals(refused.reason(), failure.reason());
      assertEquals(refused.code(), failure.code());
      assertEquals(refused.metadata(), failure.metadata());
      assertFalse(Character.isUpperCase(failure.message().charAt(0)), failure.message());
      assertEquals(refused.code() == Status.Code.INVALID_ARGUMENT, !failure.violations().isEmpty());
      assertEquals(refused.code() == Status.Code.RESOURCE_EXHAUSTED, failure.retryAfter() != null);
      if (failure.retryAfter() != null) {
        assertEquals(Duration.ofMillis(1_500), failure.retryAfter());
      }
      String counter = "errors." + refused.reason().name().substring(13).toLowerCase(Locale.ROOT);
      assertEquals(1, server.counters().snapshot().get(counter));
    }
  }

  @ParameterizedTest
  @MethodSource("everyRefusal")
  void checkError_refused_saysTheSame(Case refused) {
    CheckError error = Fault.of(refused.refusal()).checkError();
    assertEquals(refused.code().value(), error.getCode());
    assertEquals(refused.reason(), error.getReason());
    assertEquals(error.getCode() == 8, error.hasRetryDelay());
  }

  @Test
  void call_bug_endsWithAnIdAndNothingElse() {
    var bug = new IllegalStateException("SQLSTATE 42P01 in /var/lib/consentry", new Error("x"));
    try (var server = serverThatFails(bug)) {
      var failures =
          List.of(
              Failure.of(() -> server.grants().grant(grantOf("acme", "x").build())),
              Failure.of(() -> server.decisions().check(checkOf("acme", "x", "read"))),
              Failure.of(() ->
                  server
                      .decisions()
                      .batchCheck(
                          BatchCheckRequest.newBuilder()
                              .addItems(
                                  BatchCheckItem.newBuilder()
                                      .setAccountId("acme")
                                      .setAppId("x")
                                      .addScopes("read"))
                              .build())));
      for (Failure failure : failures) {
        assertEquals(Status.Code.INTERNAL, failure.code());
        assertEquals(ErrorReason.ERROR_REASON_INTERNAL, failure.reason());
        assertEquals(Set.of("error_id"), failure.metadata().keySet());
        assertFalse(failure.toString().contains("SQL"), failure.toString());
        assertFalse(failure.toString().contains("/var"), failure.toString());
      }
      assertNotEquals(failures.get(0).metadata(), failures.get(1).metadata());
      assertEquals(3, server.counters().snapshot().get("errors.internal"));
    }
  }

  @Test
  void check_tableThrowsAtOnce_endsWithAnId() {
    try (var server =
        TestServer.start(
            TestServer.Wrapping.ofTable(_ -> {
              return new Failing(new RefusedException(new Refusal.TooStale())) {
                @Override
                public @Nullable Answer answerNow(CheckQuestion q, Consistency c) {
                  throw new AssertionError("a bug");
                }
              };
            }))) {
      Failure failure = Failure.of(() -> server.check("acme", "x", "read"));
      assertEquals(ErrorReason.ERROR_REASON_INTERNAL, failure.reason());
    }
  }

  @Test
  void status_moreViolationsThanFit_keepsTheNamesAndDropsWhatIsWrongWithTheLast() {
    List<Violation> bad =
        IntStream.range(0, 200)
            .mapToObj(
                i -> new Violation("optional_scopes[%d]".formatted(i), "is bad: %d".formatted(i)))
            .toList();
    Failure failure = Failure.of(Fault.of(new Refusal.InvalidRequest(bad)).status());
    assertEquals(bad.stream().map(Violation::field).toList(), failure.fields());
    assertEquals("is bad: 0", failure.violations().getFirst().getDescription());
    assertEquals("", failure.violations().getLast().getDescription());
    assertTrue(failure.message().endsWith(" more"), failure.message());
    assertTrue(failure.message().length() < Fault.MESSAGE_CHARACTERS_MAX + 20);
  }

  @Test
  void putApp_everyFieldOfTheFullestAppBad_arrivesOverHttp2() {
    try (var server = TestServer.startOverHttp2()) {
      var app = App.newBuilder();
      for (int i = 0; i < 200; i++) {
        app.addOptionalScopesBuilder().setName("a b").setDescription("\u0007");
      }
      Failure failure =
          Failure.of(() -> server.apps().putApp(PutAppRequest.newBuilder().setApp(app).build()));
      assertEquals(ErrorReason.ERROR_REASON_INVALID_REQUEST, failure.reason());
      assertEquals("app.app_id", failure.fields().getFirst());
      assertTrue(failure.fields().size() > 100, () -> failure.fields().toString());
    }
  }

  @Test
  void previewGrant_everyScopeBadInTheLongestNames_arrivesOverHttp2() {
    try (var server = TestServer.startOverHttp2()) {
      server.putApp("x", List.of("read"), List.of());
      var request =
          PreviewGrantRequest.newBuilder()
              .setAccountId("acme")
              .setAppId("x")
              .addAllOptionalScopes(Scopes.longest(200))
              .build();
      Failure failure = Failure.of(() -> server.grants().previewGrant(request));
      assertEquals(200, failure.fields().size());
    }
  }

  @Test
  void getGrant_longestIds_arriveOverHttp2() {
    try (var server = TestServer.startOverHttp2()) {
      String longest = "%".repeat(256);
      Failure failure =
          Failure.of(() ->
              server
                  .grants()
                  .getGrant(
                      GetGrantRequest.newBuilder()
                          .setAccountId(longest)
                          .setAppId(longest)
                          .build()));
      assertEquals(Map.of("app_id", longest, "account_id", longest), failure.metadata());
    }
  }

  private static TestServer serverThatFails(RuntimeException failure) {
    GrantStore store =
        new GrantStore() {
          @Override
          public <R> At<R> execute(Command<R> command, BooleanSupplier abandoned) {
            throw failure;
          }
        };
    return TestServer.start(
        new TestServer.Wrapping(_ -> new Failing(failure), _ -> store, reads -> reads));
  }

  /** Knows nothing, and cannot ask. */
  private static class Failing implements DecisionPoint, View {
    private final RuntimeException failure;

    Failing(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    public @Nullable Truth known(AskedKey key) {
      return null;
    }

    @Override
    public View view() {
      return this;
    }

    @Override
    public Revision at() {
      return new Revision(new Epoch("any-epoch-------"), 1);
    }

    @Override
    public @Nullable Standing find(AskedKey key) {
      return null;
    }

    @Override
    public boolean isFresh() {
      return true;
    }

    @Override
    public long decisionMicros() {
      return 0;
    }

    @Override
    public @Nullable Answer answerNow(CheckQuestion question, Consistency consistency) {
      return null;
    }

    @Override
    public CompletableFuture<Answer> answer(CheckQuestion question, Consistency consistency) {
      return CompletableFuture.failedFuture(failure);
    }

    @Override
    public @Nullable List<Answer> answerAllNow(
        List<CheckQuestion> questions, Consistency consistency) {
      return null;
    }

    @Override
    public CompletableFuture<List<Answer>> answerAll(
        List<CheckQuestion> questions, Consistency consistency) {
      return CompletableFuture.failedFuture(failure);
    }
  }
}
