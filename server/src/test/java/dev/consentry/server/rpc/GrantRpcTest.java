package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertFails;
import static dev.consentry.server.rpc.Failure.assertInvalid;
import static dev.consentry.server.rpc.TestServer.grantOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.consentry.v1.Actor;
import dev.consentry.v1.App;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GetGrantResponse;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.PreviewGrantRequest;
import dev.consentry.v1.PreviewGrantResponse;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GrantRpcTest {
  private static final String UUID = "0189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4d";

  private final TestServer server = TestServer.start();

  @BeforeEach
  void registerApp() {
    server.putApp("x", List.of("read"), List.of("write", "delete"));
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void grant_allFieldsGiven_answersTheWholeGrantAndSoDoesGetGrant() {
    GrantResponse granted =
        server
            .grants()
            .grant(
                grantOf("acme", "x", "write", "read", "write")
                    .setExpireTime(at(TestServer.START.plusSeconds(60), 999))
                    .setReason("für die Buchhaltung\nasked by Ada")
                    .setRequestId(UUID)
                    .build());
    Grant expected =
        Grant.newBuilder()
            .setAccountId("acme")
            .setAppId("x")
            .setAppDisplayName("The app x")
            .setAppState(App.State.STATE_ACTIVE)
            .addAllScopes(List.of("read", "write"))
            .setManifestVersion(1)
            .setState(Grant.State.STATE_ACTIVE)
            .setGrantTime(at(TestServer.START, 0))
            .setGrantedBy(Actor.newBuilder().setPrincipal("local"))
            .setGrantReason("für die Buchhaltung\nasked by Ada")
            .setExpireTime(at(TestServer.START.plusSeconds(60), 0))
            .setRevision(granted.getRevision())
            .build();
    assertEquals(expected, granted.getGrant());
    assertEquals(expected, get("acme", "x").getGrant());
    assertEquals(granted.getRevision(), get("acme", "x").getRevision());

    server.advance(Duration.ofSeconds(60));
    assertEquals(
        expected.toBuilder().setState(Grant.State.STATE_EXPIRED).build(),
        get("acme", "x").getGrant());
  }

  @Test
  void revoke_activeGrant_answersItRevokedWithWhoWhenAndWhy() {
    Grant granted = server.grant("acme", "x").getGrant();
    server.advance(Duration.ofSeconds(5));
    RevokeResponse revoked =
        server
            .grants()
            .revoke(
                RevokeRequest.newBuilder()
                    .setAccountId("acme")
                    .setAppId("x")
                    .setReason("no longer used")
                    .build());
    Grant expected =
        granted.toBuilder()
            .setState(Grant.State.STATE_REVOKED)
            .setRevokeTime(at(TestServer.START.plusSeconds(5), 0))
            .setRevokedBy(Actor.newBuilder().setPrincipal("local"))
            .setRevokeReason("no longer used")
            .setRevision(revoked.getRevision())
            .build();
    assertEquals(expected, revoked.getGrant());
    assertEquals(expected, get("acme", "x").getGrant());
    assertNotEquals(granted.getRevision(), revoked.getRevision());
  }

  @Test
  void getGrant_neverGranted_isNotFound() {
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
        Map.of("account_id", "acme", "app_id", "x"),
        () -> get("acme", "x"));
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
        Map.of("account_id", "acme", "app_id", "nobody"),
        () -> get("acme", "nobody"));
  }

  @Test
  void previewGrant_neverGranted_showsTheAppAndWhatWouldBeAdded() {
    PreviewGrantResponse preview = preview("acme", "x", "delete");
    assertEquals(1, preview.getApp().getManifestVersion());
    assertFalse(preview.hasCurrentGrant());
    assertEquals(List.of("delete", "read"), preview.getScopesList());
    assertEquals(List.of("delete", "read"), preview.getAddedScopesList());
    assertEquals(List.of(), preview.getRemovedScopesList());
    assertEquals(preview.getApp().getRevision(), preview.getRevision());
  }

  @Test
  void previewGrant_activeThenRevoked_comparesWithTheActiveGrantAlone() {
    Grant active = server.grant("acme", "x", "write").getGrant();
    PreviewGrantResponse replace = preview("acme", "x", "delete");
    assertEquals(active, replace.getCurrentGrant());
    assertEquals(List.of("delete"), replace.getAddedScopesList());
    assertEquals(List.of("write"), replace.getRemovedScopesList());
    server.revoke("acme", "x");
    server.suspend("x");
    PreviewGrantResponse anew = preview("acme", "x");
    assertEquals(Grant.State.STATE_REVOKED, anew.getCurrentGrant().getState());
    assertEquals(App.State.STATE_SUSPENDED, anew.getApp().getState());
    assertEquals(List.of("read"), anew.getAddedScopesList());
    assertEquals(List.of(), anew.getRemovedScopesList());
  }

  @Test
  void previewGrant_noSuchAppOrScope_isRefused() {
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_APP_NOT_FOUND,
        Map.of("app_id", "nobody"),
        () -> preview("acme", "nobody"));
    assertInvalid(List.of("optional_scopes[1]"), () -> preview("acme", "x", "write", "admin"));
    delete("x");
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_APP_NOT_FOUND,
        Map.of("app_id", "x"),
        () -> preview("acme", "x"));
  }

  @Test
  void grant_refusedByTheRules_saysWhyWithItsMetadata() {
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_APP_NOT_FOUND,
        Map.of("app_id", "nobody"),
        () -> server.grant("acme", "nobody"));
    assertInvalid(List.of("optional_scopes[0]"), () -> server.grant("acme", "x", "admin"));
    assertInvalid(
        List.of("expire_time"),
        () -> grant(grantOf("acme", "x").setExpireTime(at(TestServer.START, 999))));
    server.putApp("x", List.of("read", "list"), List.of("write"));
    assertFails(
        Status.Code.ABORTED,
        ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
        Map.of("manifest_version", "2"),
        () -> server.grant("acme", "x"));
    Grant granted = grant(grantOf("acme", "x").setManifestVersion(2)).getGrant();
    assertFails(
        Status.Code.ALREADY_EXISTS,
        ErrorReason.ERROR_REASON_GRANT_EXISTS,
        Map.of("grant_revision", granted.getRevision()),
        () -> grant(grantOf("acme", "x").setManifestVersion(2)));
    assertFails(
        Status.Code.ABORTED,
        ErrorReason.ERROR_REASON_GRANT_CHANGED,
        Map.of("grant_revision", granted.getRevision()),
        () ->
            grant(
                grantOf("acme", "x")
                    .setManifestVersion(2)
                    .setReplace(true)
                    .setExpectedRevision("another-history--7")));
    assertFails(
        Status.Code.ABORTED,
        ErrorReason.ERROR_REASON_GRANT_CHANGED,
        Map.of("grant_revision", ""),
        () ->
            grant(
                grantOf("other", "x")
                    .setManifestVersion(2)
                    .setExpectedRevision(granted.getRevision())));
    server.suspend("x");
    assertFails(
        Status.Code.FAILED_PRECONDITION,
        ErrorReason.ERROR_REASON_APP_SUSPENDED,
        Map.of("app_id", "x"),
        () -> grant(grantOf("acme", "x").setManifestVersion(2)));
  }

  @Test
  void grant_replaceWithTheRevisionSeen_swapsTheScopes() {
    server.grant("acme", "x", "write");
    String seen = preview("acme", "x").getCurrentGrant().getRevision();
    Grant replaced =
        grant(grantOf("acme", "x", "delete").setReplace(true).setExpectedRevision(seen)).getGrant();
    assertEquals(List.of("delete", "read"), replaced.getScopesList());
    assertEquals(Decision.DECISION_DENY, server.check("acme", "x", "write").getDecision());
  }

  @Test
  void grant_manifestChangesLater_asksForConsentAgainAndKeepsTheScopes() {
    server.grant("acme", "x");
    server.putApp("x", List.of("read", "list"), List.of());
    Grant grant = get("acme", "x").getGrant();
    assertTrue(grant.getReconsentRequired());
    assertEquals(List.of("read"), grant.getScopesList());
    assertEquals(1, grant.getManifestVersion());
  }

  @Test
  void grant_sentAgainAfterRevoke_answersTheFirstAnswerAndChangesNothing() {
    GrantRequest request = grantOf("acme", "x", "write", "delete").setRequestId(UUID).build();
    GrantResponse first = server.grants().grant(request);
    String revoked = server.revoke("acme", "x").getRevision();
    GrantRequest again =
        grantOf("acme", "x", "delete", "write", "delete")
            .setRequestId(UUID.toUpperCase(Locale.ROOT))
            .build();
    assertEquals(first, server.grants().grant(again));
    assertEquals(revoked, get("acme", "x").getRevision());
    assertEquals(Decision.DECISION_DENY, server.check("acme", "x", "read").getDecision());
    assertFails(
        Status.Code.FAILED_PRECONDITION,
        ErrorReason.ERROR_REASON_REQUEST_ID_REUSED,
        Map.of("request_id", UUID),
        () -> grant(grantOf("acme", "x", "write").setRequestId(UUID)));
  }

  @Test
  void revoke_sentAgainAfterGrantAnew_answersTheFirstAnswerAndKeepsTheGrant() {
    server.grant("acme", "x");
    RevokeRequest request =
        RevokeRequest.newBuilder().setAccountId("acme").setAppId("x").setRequestId(UUID).build();
    RevokeResponse first = server.grants().revoke(request);
    server.grant("acme", "x");
    assertEquals(first, server.grants().revoke(request));
    assertEquals(Decision.DECISION_ALLOW, server.check("acme", "x", "read").getDecision());
    assertFails(
        Status.Code.FAILED_PRECONDITION,
        ErrorReason.ERROR_REASON_REQUEST_ID_REUSED,
        Map.of("request_id", UUID),
        () -> server.grants().revoke(request.toBuilder().setReason("other").build()));
  }

  @Test
  void revoke_noneActive_isNotFoundUnlessAllowed() {
    Map<String, String> key = Map.of("account_id", "acme", "app_id", "x");
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
        key,
        () -> server.revoke("acme", "x"));
    var allowing =
        RevokeRequest.newBuilder().setAccountId("acme").setAppId("x").setAllowMissing(true);
    RevokeResponse never = server.grants().revoke(allowing.build());
    assertFalse(never.hasGrant());
    assertNotEquals("", never.getRevision());
    server.grant("acme", "x");
    Grant revoked = server.revoke("acme", "x").getGrant();
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
        key,
        () -> server.revoke("acme", "x"));
    assertEquals(revoked, server.grants().revoke(allowing.build()).getGrant());
  }

  @Test
  void grant_appDeletedAndRegisteredAgain_refusesConsentToTheOldVersion() {
    delete("x");
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_APP_NOT_FOUND,
        Map.of("app_id", "x"),
        () -> server.grant("acme", "x"));
    assertEquals(2, server.putApp("x", List.of("admin"), List.of()).getManifestVersion());
    assertFails(
        Status.Code.ABORTED,
        ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
        Map.of("manifest_version", "2"),
        () -> server.grant("acme", "x"));
  }

  @Test
  void grant_withoutAnyScope_isInvalid() {
    server.putApp("optional-only", List.of(), List.of("write"));
    assertInvalid(List.of("optional_scopes"), () -> server.grant("acme", "optional-only"));
    assertEquals(
        List.of("write"),
        server.grant("acme", "optional-only", "write").getGrant().getScopesList());
  }

  @Test
  void grant_everythingBad_namesEveryFieldAtOnceAndChangesNothing() {
    GrantRequest request =
        GrantRequest.newBuilder()
            .setAccountId("ä")
            .addAllOptionalScopes(List.of("write", "a b"))
            .setManifestVersion(-1)
            .setExpireTime(Timestamp.newBuilder().setNanos(-1))
            .setExpectedRevision("?")
            .setRequestId("1")
            .setReason("\u0000")
            .build();
    assertInvalid(
        List.of(
            "account_id",
            "app_id",
            "optional_scopes[1]",
            "manifest_version",
            "expire_time",
            "expected_revision",
            "request_id",
            "reason"),
        () -> server.grants().grant(request));
    assertInvalid(
        List.of("manifest_version"), () -> grant(grantOf("acme", "x").setManifestVersion(0)));
    assertInvalid(
        List.of("account_id", "app_id", "request_id", "reason"),
        () ->
            server
                .grants()
                .revoke(
                    RevokeRequest.newBuilder()
                        .setRequestId("{%s}".formatted(UUID))
                        .setReason("r".repeat(1_025))
                        .build()));
    assertInvalid(
        List.of("account_id", "app_id"),
        () -> server.grants().getGrant(GetGrantRequest.getDefaultInstance()));
    assertInvalid(
        List.of("account_id", "app_id", "optional_scopes[0]"),
        () ->
            server
                .grants()
                .previewGrant(PreviewGrantRequest.newBuilder().addOptionalScopes("").build()));
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
        Map.of("account_id", "acme", "app_id", "x"),
        () -> get("acme", "x"));
  }

  static Stream<Timestamp> outOfRange() {
    return Stream.of(
        Timestamp.newBuilder().setSeconds(Fields.TIMESTAMP_SECONDS_MAX + 1).build(),
        Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build(),
        Timestamp.newBuilder().setSeconds(Fields.TIMESTAMP_SECONDS_MIN - 1).build(),
        Timestamp.newBuilder().setSeconds(4_000_000_000L).setNanos(1_000_000_000).build(),
        Timestamp.newBuilder().setSeconds(4_000_000_000L).setNanos(-1).build());
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void grant_expireTimeOutOfRange_isInvalid(Timestamp time) {
    assertInvalid(List.of("expire_time"), () -> grant(grantOf("acme", "x").setExpireTime(time)));
  }

  @Test
  void grant_lastTimestampThereIs_isKept() {
    var last =
        Timestamp.newBuilder()
            .setSeconds(Fields.TIMESTAMP_SECONDS_MAX)
            .setNanos(999_999_999)
            .build();
    Grant grant = grant(grantOf("acme", "x").setExpireTime(last)).getGrant();
    assertEquals(last.toBuilder().setNanos(999_999_000).build(), grant.getExpireTime());
    assertEquals(grant.getExpireTime(), server.check("acme", "x", "read").getGrantExpireTime());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0189f7eaae2c7a5b8c3d9e0f1a2b3c4d",
        "0189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4",
        "0189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4dd",
        "g189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4d",
        "1-2-3-4-5",
        " 0189f7ea-ae2c-7a5b-8c3d-9e0f1a2b3c4d"
      })
  void grant_requestIdNotAUuid_isInvalid(String id) {
    assertInvalid(List.of("request_id"), () -> grant(grantOf("acme", "x").setRequestId(id)));
  }

  @Test
  void grant_optionalScopesAtAndOverTheMaximum_grantsAndIsInvalid() {
    server.putApp("many", List.of(), Scopes.count(200));
    assertEquals(
        200,
        grant(grantOf("acme", "many").addAllOptionalScopes(Scopes.count(200)))
            .getGrant()
            .getScopesCount());
    List<String> repeated = IntStream.range(0, 201).mapToObj(_ -> "s1").toList();
    assertInvalid(
        List.of("optional_scopes"),
        () -> grant(grantOf("other", "many").addAllOptionalScopes(repeated)));
    assertInvalid(
        List.of("optional_scopes"),
        () ->
            server
                .grants()
                .previewGrant(
                    PreviewGrantRequest.newBuilder()
                        .setAccountId("acme")
                        .setAppId("many")
                        .addAllOptionalScopes(repeated)
                        .build()));
  }

  @Test
  void grant_reasonAtAndOverTheMaximum_isKeptAndIsInvalid() {
    String longest = "𝄞".repeat(1_024);
    assertEquals(
        longest, grant(grantOf("acme", "x").setReason(longest)).getGrant().getGrantReason());
    assertInvalid(List.of("reason"), () -> grant(grantOf("other", "x").setReason(longest + "r")));
  }

  @Test
  void listGrants_filters_combineAndDefaultToActive() {
    server.putApp("y", List.of("read"), List.of());
    server.grant("acme", "x");
    server.grant("acme", "y");
    server.grant("bolt", "x");
    server.grant("Acme", "x");
    grant(grantOf("bolt", "y").setExpireTime(at(TestServer.START.plusSeconds(1), 0)));
    server.revoke("bolt", "x");
    server.advance(Duration.ofSeconds(1));
    assertEquals(List.of("Acme x", "acme x", "acme y"), list(ListGrantsRequest.newBuilder()));
    assertEquals(
        List.of("acme x", "acme y"), list(ListGrantsRequest.newBuilder().setAccountId("acme")));
    assertEquals(
        List.of("acme y"), list(ListGrantsRequest.newBuilder().setAccountId("acme").setAppId("y")));
    assertEquals(
        List.of("bolt x"),
        list(ListGrantsRequest.newBuilder().addStates(Grant.State.STATE_REVOKED)));
    assertEquals(
        List.of("acme y", "bolt y"),
        list(
            ListGrantsRequest.newBuilder()
                .setAppId("y")
                .addStates(Grant.State.STATE_EXPIRED)
                .addStates(Grant.State.STATE_ACTIVE)
                .addStates(Grant.State.STATE_EXPIRED)));
    assertEquals(List.of(), list(ListGrantsRequest.newBuilder().setAccountId("nobody")));
  }

  @Test
  void listGrants_everythingBad_namesEveryFieldAtOnce() {
    var request =
        ListGrantsRequest.newBuilder()
            .setAccountId("a b")
            .setAppId("é")
            .addStates(Grant.State.STATE_ACTIVE)
            .addStates(Grant.State.STATE_UNSPECIFIED)
            .addStatesValue(4)
            .setPageSize(-1)
            .setPageToken("?")
            .build();
    assertInvalid(
        List.of("account_id", "app_id", "states[1]", "states[2]", "page_size", "page_token"),
        () -> server.grants().listGrants(request));
  }

  private List<String> list(ListGrantsRequest.Builder request) {
    return server.grants().listGrants(request.build()).getGrantsList().stream()
        .map(g -> g.getAccountId() + " " + g.getAppId())
        .toList();
  }

  private GrantResponse grant(GrantRequest.Builder request) {
    return server.grants().grant(request.build());
  }

  private GetGrantResponse get(String account, String app) {
    return server
        .grants()
        .getGrant(GetGrantRequest.newBuilder().setAccountId(account).setAppId(app).build());
  }

  private PreviewGrantResponse preview(String account, String app, String... optional) {
    return server
        .grants()
        .previewGrant(
            PreviewGrantRequest.newBuilder()
                .setAccountId(account)
                .setAppId(app)
                .addAllOptionalScopes(List.of(optional))
                .build());
  }

  private void delete(String app) {
    var _ = server.apps().deleteApp(DeleteAppRequest.newBuilder().setAppId(app).build());
  }

  private static Timestamp at(Instant instant, int nanosMore) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano() + nanosMore)
        .build();
  }
}
