package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertFails;
import static dev.consentry.server.rpc.Failure.assertInvalid;
import static dev.consentry.server.rpc.TestServer.checkOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.protobuf.Timestamp;
import dev.consentry.server.consent.Revision;
import dev.consentry.v1.CheckRequest;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Consistency;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.DenyReason;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckTest {
  private final TestServer server = TestServer.start();

  @BeforeEach
  void registerApp() {
    server.putApp("ledger-sync", List.of("read"), List.of("write", "delete"));
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void check_allScopesGranted_allowsAtTheRevisionOfTheGrant() {
    String revision = server.grant("acme", "ledger-sync", "write").getRevision();
    CheckResponse expected =
        CheckResponse.newBuilder()
            .setDecision(Decision.DECISION_ALLOW)
            .setRevision(revision)
            .build();
    assertEquals(expected, server.check("acme", "ledger-sync", "read", "write"));
    assertEquals(expected, server.check("acme", "ledger-sync", "write", "write"));
  }

  @Test
  void check_someScopesNotGranted_namesThemOnceInTheOrderAsked() {
    server.grant("acme", "ledger-sync");
    CheckResponse response =
        server.check("acme", "ledger-sync", "write", "read", "*", "delete", "write", "READ");
    assertDenied(DenyReason.DENY_REASON_SCOPE_NOT_GRANTED, response);
    assertEquals(List.of("write", "*", "delete", "READ"), response.getMissingScopesList());
  }

  @Test
  void check_withoutUsableGrant_saysWhyAndMissesAll() {
    assertDenied(DenyReason.DENY_REASON_NO_GRANT, server.check("acme", "nobody", "read"));
    assertDenied(DenyReason.DENY_REASON_NO_GRANT, server.check("acme", "ledger-sync", "read"));
    server.grant("acme", "ledger-sync");
    assertDenied(DenyReason.DENY_REASON_NO_GRANT, server.check("Acme", "ledger-sync", "read"));
    server.revoke("acme", "ledger-sync");
    CheckResponse revoked = server.check("acme", "ledger-sync", "write", "read", "write");
    assertDenied(DenyReason.DENY_REASON_GRANT_REVOKED, revoked);
    assertEquals(List.of("write", "read"), revoked.getMissingScopesList());
    server.suspend("ledger-sync");
    assertDenied(DenyReason.DENY_REASON_APP_SUSPENDED, server.check("acme", "ledger-sync", "read"));
    assertDenied(
        DenyReason.DENY_REASON_APP_SUSPENDED, server.check("other", "ledger-sync", "read"));
  }

  @Test
  void check_suspendedAppDeleted_saysNoGrant() {
    server.suspend("ledger-sync");
    var _ = server.apps().deleteApp(DeleteAppRequest.newBuilder().setAppId("ledger-sync").build());
    assertDenied(DenyReason.DENY_REASON_NO_GRANT, server.check("acme", "ledger-sync", "read"));
  }

  @Test
  void check_grantThatEnds_tellsWhenAndDeniesFromThenOn() {
    var end =
        Timestamp.newBuilder()
            .setSeconds(TestServer.START.getEpochSecond() + 10)
            .setNanos(123_456_789)
            .build();
    var _ =
        server.grants().grant(TestServer.grantOf("acme", "ledger-sync").setExpireTime(end).build());
    CheckResponse allowed = server.check("acme", "ledger-sync", "read");
    assertEquals(Decision.DECISION_ALLOW, allowed.getDecision());
    assertEquals(end.toBuilder().setNanos(123_456_000).build(), allowed.getGrantExpireTime());
    server.advance(Duration.ofSeconds(10).plusNanos(123_455_000));
    assertEquals(
        Decision.DECISION_ALLOW, server.check("acme", "ledger-sync", "read").getDecision());
    server.advance(Duration.ofNanos(1_000));
    CheckResponse denied = server.check("acme", "ledger-sync", "read");
    assertDenied(DenyReason.DENY_REASON_GRANT_EXPIRED, denied);
    assertFalse(denied.hasGrantExpireTime());
  }

  @Test
  void check_everyConsistency_seesTheRevoke() {
    server.grant("acme", "ledger-sync");
    String revision = server.revoke("acme", "ledger-sync").getRevision();
    for (Consistency consistency :
        List.of(
            Consistency.getDefaultInstance(),
            Consistency.newBuilder().setMinimizeLatency(true).build(),
            Consistency.newBuilder().setFullyConsistent(true).build(),
            Consistency.newBuilder().setAtLeastAsFresh(revision).build(),
            Consistency.newBuilder().setAtLeastAsFresh("another-history--7").build())) {
      CheckResponse response = check(consistency);
      assertDenied(DenyReason.DENY_REASON_GRANT_REVOKED, response);
      assertEquals(revision, response.getRevision());
    }
  }

  @Test
  void check_revisionAheadOfTheStore_isUnavailable() {
    Revision now = Revision.parse(server.grant("acme", "ledger-sync").getRevision());
    String ahead = new Revision(now.epoch(), now.number() + 1).token();
    assertFails(
        Status.Code.UNAVAILABLE,
        ErrorReason.ERROR_REASON_REVISION_AHEAD,
        Map.of(),
        () -> check(Consistency.newBuilder().setAtLeastAsFresh(ahead).build()));
  }

  @Test
  void check_badConsistency_namesTheField() {
    assertInvalid(
        List.of("consistency.minimize_latency"),
        () -> check(Consistency.newBuilder().setMinimizeLatency(false).build()));
    assertInvalid(
        List.of("consistency.fully_consistent"),
        () -> check(Consistency.newBuilder().setFullyConsistent(false).build()));
    for (String token : List.of("", "7", "x".repeat(129), "another-history--07")) {
      assertInvalid(
          List.of("consistency.at_least_as_fresh"),
          () -> check(Consistency.newBuilder().setAtLeastAsFresh(token).build()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100})
  void check_legalNumberOfScopes_answers(int scopes) {
    CheckResponse response = server.decisions().check(withScopes(Scopes.count(scopes)));
    assertEquals(Scopes.count(scopes), response.getMissingScopesList());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 101, 1_000_000})
  void check_tooFewOrTooManyScopes_isInvalid(int scopes) {
    assertInvalid(
        List.of("scopes"), () -> server.decisions().check(withScopes(Scopes.count(scopes))));
  }

  @Test
  void check_idsOfTheGreatestLength_answersAndOneMoreIsInvalid() {
    String longest = "a".repeat(256);
    assertDenied(DenyReason.DENY_REASON_NO_GRANT, server.check(longest, longest, longest));
    assertInvalid(
        List.of("account_id", "app_id", "scopes[0]"),
        () -> server.check(longest + "a", longest + "a", longest + "a"));
  }

  @Test
  void check_everythingBad_namesEveryFieldAtOnce() {
    CheckRequest request =
        checkOf("ac me", "", "read", "", "a\"b", "wríte", "write ").toBuilder()
            .setConsistency(Consistency.newBuilder().setFullyConsistent(false))
            .build();
    assertInvalid(
        List.of(
            "account_id",
            "app_id",
            "scopes[1]",
            "scopes[2]",
            "scopes[3]",
            "scopes[4]",
            "consistency.fully_consistent"),
        () -> server.decisions().check(request));
    assertInvalid(
        List.of("account_id", "app_id", "scopes"),
        () -> server.decisions().check(CheckRequest.getDefaultInstance()));
  }

  @Test
  void check_again_isAnsweredFromMemoryAndCounted() {
    server.grant("acme", "ledger-sync");
    server.check("acme", "ledger-sync", "read");
    Map<String, Long> first = server.counters().snapshot();
    server.check("acme", "ledger-sync", "read");
    server.check("acme", "ledger-sync", "write");
    Map<String, Long> then = server.counters().snapshot();
    assertEquals(first.get("misses"), then.get("misses"));
    assertEquals(2, then.get("decisions.allow"));
    assertEquals(1, then.get("decisions.deny.scope_not_granted"));
    assertEquals(0, then.get("decisions.deny.no_grant"));
  }

  private CheckResponse check(Consistency consistency) {
    return server
        .decisions()
        .check(
            checkOf("acme", "ledger-sync", "read").toBuilder().setConsistency(consistency).build());
  }

  private static CheckRequest withScopes(List<String> scopes) {
    return checkOf("acme", "ledger-sync").toBuilder().addAllScopes(scopes).build();
  }

  private static void assertDenied(DenyReason reason, CheckResponse response) {
    assertEquals(Decision.DECISION_DENY, response.getDecision());
    assertEquals(reason, response.getDenyReason());
    assertNotEquals("", response.getRevision());
    assertNotEquals(0, response.getMissingScopesCount());
  }
}
