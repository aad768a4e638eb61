package dev.consentry.server.rpc;

import static dev.consentry.server.rpc.Failure.assertFails;
import static dev.consentry.server.rpc.Failure.assertInvalid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.consentry.v1.App;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.DeleteAppResponse;
import dev.consentry.v1.ErrorReason;
import dev.consentry.v1.GetAppRequest;
import dev.consentry.v1.GetAppResponse;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.PutAppResponse;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.SuspendAppRequest;
import dev.consentry.v1.SuspendAppResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AppRpcTest {
  private static final App WHOLE =
      App.newBuilder()
          .setAppId("https://ledger.example/client.json")
          .setDisplayName("Ledger Sync")
          .setPublisher("Ledger GmbH")
          .setHomepageUri("https://ledger.example/")
          .setLogoUri("https://ledger.example/logo.svg")
          .setSupportUri("mailto:help@ledger.example")
          .addRequiredScopes(scope("invoices.read", "To copy them."))
          .addOptionalScopes(scope("invoices.write", "To correct them."))
          .addOptionalScopes(scope("*", ""))
          .build();

  private final TestServer server = TestServer.start();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void putApp_allFieldsGiven_answersTheAppAndSoDoesGetApp() {
    PutAppResponse put =
        put(
            WHOLE.toBuilder()
                .setManifestVersion(77)
                .setState(App.State.STATE_DELETED)
                .setStateReason("output only")
                .setCreateTime(Timestamp.newBuilder().setNanos(-1))
                .setRevision("output only")
                .build());
    App expected =
        WHOLE.toBuilder()
            .setManifestVersion(1)
            .setState(App.State.STATE_ACTIVE)
            .setCreateTime(time(0))
            .setUpdateTime(time(0))
            .setRevision(put.getRevision())
            .build();
    assertEquals(expected, put.getApp());
    assertEquals(
        GetAppResponse.newBuilder().setApp(expected).setRevision(put.getRevision()).build(),
        get(WHOLE.getAppId(), 0));
  }

  @Test
  void putApp_againAndChanged_makesAVersionOfEachDifferenceAlone() {
    PutAppResponse first = put(WHOLE);
    server.advance(Duration.ofSeconds(1));
    assertEquals(first, put(WHOLE));
    App changed = WHOLE.toBuilder().setDisplayName("Ledger").build();
    App second = put(changed).getApp();
    assertEquals(2, second.getManifestVersion());
    assertEquals(time(0), second.getCreateTime());
    assertEquals(time(1), second.getUpdateTime());
    assertEquals("Ledger Sync", get(WHOLE.getAppId(), 1).getApp().getDisplayName());
    assertEquals("Ledger", get(WHOLE.getAppId(), 2).getApp().getDisplayName());
    assertEquals(second, get(WHOLE.getAppId(), 0).getApp());
    for (int version : List.of(3, Integer.MAX_VALUE)) {
      assertFails(
          Status.Code.NOT_FOUND,
          ErrorReason.ERROR_REASON_APP_NOT_FOUND,
          Map.of("app_id", WHOLE.getAppId()),
          () -> get(WHOLE.getAppId(), version));
    }
  }

  @Test
  void putApp_expectedVersion_guards() {
    assertEquals(1, putAt(WHOLE, 0).getManifestVersion());
    App changed = WHOLE.toBuilder().clearPublisher().build();
    for (int wrong : List.of(0, 2)) {
      assertFails(
          Status.Code.ABORTED,
          ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
          Map.of("manifest_version", "1"),
          () -> putAt(changed, wrong));
    }
    assertEquals(2, putAt(changed, 1).getManifestVersion());
    assertFails(
        Status.Code.ABORTED,
        ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
        Map.of("manifest_version", "0"),
        () -> putAt(changed.toBuilder().setAppId("new").build(), 1));
  }

  @Test
  void putApp_everythingBad_namesEveryFieldAtOnce() {
    App bad =
        App.newBuilder()
            .setAppId("a b")
            .setPublisher("p".repeat(129))
            .setHomepageUri("http://ledger.example/")
            .setLogoUri("mailto:help@ledger.example")
            .setSupportUri("ftp://ledger.example/")
            .addRequiredScopes(scope("read", "right\u202eleft"))
            .addRequiredScopes(scope("", "d".repeat(281)))
            .addOptionalScopes(scope("write", ""))
            .addOptionalScopes(scope("read", ""))
            .addOptionalScopes(scope("a b", ""))
            .build();
    assertInvalid(
        List.of(
            "expected_version",
            "app.app_id",
            "app.required_scopes[0].description",
            "app.required_scopes[1].name",
            "app.required_scopes[1].description",
            "app.optional_scopes[2].name",
            "app.display_name",
            "app.publisher",
            "app.homepage_uri",
            "app.logo_uri",
            "app.support_uri",
            "app.optional_scopes[1].name"),
        () -> putAt(bad, -1));
    assertInvalid(List.of("app"), () -> server.apps().putApp(PutAppRequest.getDefaultInstance()));
  }

  @Test
  void putApp_scopesAtAndOverTheMaximum_registersAndIsInvalid() {
    App most = TestServer.app("most", Scopes.count(100), Scopes.count(200).subList(100, 200));
    assertEquals(100, put(most).getApp().getOptionalScopesCount());
    App oneMore = most.toBuilder().addOptionalScopes(scope("one-more", "")).build();
    assertInvalid(List.of("app.optional_scopes"), () -> put(oneMore));
    App million = TestServer.app("", Scopes.count(300_000), List.of());
    assertInvalid(List.of("app.app_id", "app.required_scopes"), () -> put(million));
  }

  @Test
  void putApp_fullestApp_fitsAMessageAndComesBack() {
    var fullest = WHOLE.toBuilder().clearRequiredScopes().clearOptionalScopes();
    fullest.setDisplayName("𝄞".repeat(128)).setPublisher("𝄞".repeat(128));
    Scopes.longest(200).forEach(s -> fullest.addOptionalScopes(scope(s, "𝄞".repeat(280))));
    App app = put(fullest.build()).getApp();
    assertEquals(fullest.getOptionalScopesList(), app.getOptionalScopesList());
    assertTrue(app.getSerializedSize() < 1 << 20);
  }

  @Test
  void suspendAndResume_twice_areOkAndChangeNothingMore() {
    put(WHOLE);
    SuspendAppResponse first = suspend("abuse");
    assertEquals(App.State.STATE_SUSPENDED, first.getApp().getState());
    assertEquals("abuse", first.getApp().getStateReason());
    assertEquals(first.getRevision(), first.getApp().getRevision());
    assertEquals(first, suspend("another reason"));
    App resumed = resume().getApp();
    assertEquals(App.State.STATE_ACTIVE, resumed.getState());
    assertEquals("", resumed.getStateReason());
    assertNotEquals(first.getRevision(), resumed.getRevision());
    assertEquals(resumed, resume().getApp());
  }

  @Test
  void deleteApp_activeGrants_isRefusedUntilTheyAreRevoked() {
    server.putApp("x", List.of("read"), List.of());
    server.grant("acme", "x");
    server.grant("bolt", "x");
    assertFails(
        Status.Code.FAILED_PRECONDITION,
        ErrorReason.ERROR_REASON_APP_HAS_GRANTS,
        Map.of("active_count", "2"),
        () -> delete("x", false));
    server.revoke("acme", "x");
    server.revoke("bolt", "x");
    String revision = delete("x", false).getRevision();
    assertEquals(App.State.STATE_DELETED, get("x", 0).getApp().getState());
    assertEquals(revision, get("x", 1).getApp().getRevision());
  }

  @Test
  void commands_noSuchAppOrDeleted_areNotFound() {
    for (String app : List.of("never", "deleted")) {
      if (app.equals("deleted")) {
        server.putApp("deleted", List.of("read"), List.of());
        delete("deleted", false);
      }
      Map<String, String> metadata = Map.of("app_id", app);
      assertFails(
          Status.Code.NOT_FOUND,
          ErrorReason.ERROR_REASON_APP_NOT_FOUND,
          metadata,
          () -> delete(app, false));
      assertFails(
          Status.Code.NOT_FOUND,
          ErrorReason.ERROR_REASON_APP_NOT_FOUND,
          metadata,
          () -> server.suspend(app));
      assertFails(
          Status.Code.NOT_FOUND,
          ErrorReason.ERROR_REASON_APP_NOT_FOUND,
          metadata,
          () -> server.apps().resumeApp(ResumeAppRequest.newBuilder().setAppId(app).build()));
      assertNotEquals("", delete(app, true).getRevision());
    }
    assertFails(
        Status.Code.NOT_FOUND,
        ErrorReason.ERROR_REASON_APP_NOT_FOUND,
        Map.of("app_id", "never"),
        () -> get("never", 0));
  }

  @Test
  void commands_everythingBad_nameEveryFieldAtOnce() {
    String tooLong = "r".repeat(1_025);
    List<String> both = List.of("app_id", "reason");
    assertInvalid(
        both,
        () -> server.apps().suspendApp(SuspendAppRequest.newBuilder().setReason(tooLong).build()));
    assertInvalid(
        both,
        () -> server.apps().resumeApp(ResumeAppRequest.newBuilder().setReason(tooLong).build()));
    assertInvalid(
        both,
        () -> server.apps().deleteApp(DeleteAppRequest.newBuilder().setReason(tooLong).build()));
    assertInvalid(List.of("app_id", "manifest_version"), () -> get("", -1));
    assertInvalid(
        List.of("states[0]", "states[1]", "page_size", "page_token"),
        () ->
            server
                .apps()
                .listApps(
                    ListAppsRequest.newBuilder()
                        .addStates(App.State.STATE_UNSPECIFIED)
                        .addStatesValue(-7)
                        .setPageSize(Integer.MIN_VALUE)
                        .setPageToken("?")
                        .build()));
  }

  @Test
  void listApps_states_defaultToAllButDeleted() {
    for (String app : List.of("b", "a", "c", "B")) {
      server.putApp(app, List.of("read"), List.of());
    }
    server.suspend("b");
    delete("c", false);
    assertEquals(List.of("B", "a", "b"), list());
    assertEquals(List.of("b"), list(App.State.STATE_SUSPENDED));
    assertEquals(List.of("B", "a", "c"), list(App.State.STATE_DELETED, App.State.STATE_ACTIVE));
  }

  private List<String> list(App.State... states) {
    return server
        .apps()
        .listApps(ListAppsRequest.newBuilder().addAllStates(List.of(states)).build())
        .getAppsList()
        .stream()
        .map(App::getAppId)
        .toList();
  }

  private PutAppResponse put(App app) {
    return server.apps().putApp(PutAppRequest.newBuilder().setApp(app).build());
  }

  private App putAt(App app, int expectedVersion) {
    return server
        .apps()
        .putApp(PutAppRequest.newBuilder().setApp(app).setExpectedVersion(expectedVersion).build())
        .getApp();
  }

  private GetAppResponse get(String app, int version) {
    return server
        .apps()
        .getApp(GetAppRequest.newBuilder().setAppId(app).setManifestVersion(version).build());
  }

  private SuspendAppResponse suspend(String reason) {
    return server
        .apps()
        .suspendApp(
            SuspendAppRequest.newBuilder().setAppId(WHOLE.getAppId()).setReason(reason).build());
  }

  private dev.consentry.v1.ResumeAppResponse resume() {
    return server
        .apps()
        .resumeApp(ResumeAppRequest.newBuilder().setAppId(WHOLE.getAppId()).build());
  }

  private DeleteAppResponse delete(String app, boolean allowMissing) {
    return server
        .apps()
        .deleteApp(
            DeleteAppRequest.newBuilder().setAppId(app).setAllowMissing(allowMissing).build());
  }

  private static AppScope scope(String name, String description) {
    return AppScope.newBuilder().setName(name).setDescription(description).build();
  }

  private static Timestamp time(int secondsAfterStart) {
    return Timestamp.newBuilder()
        .setSeconds(TestServer.START.getEpochSecond() + secondsAfterStart)
        .build();
  }
}
