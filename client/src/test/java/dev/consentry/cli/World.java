package dev.consentry.cli;

import com.google.protobuf.Timestamp;
import dev.consentry.client.FakeServer;
import dev.consentry.v1.Actor;
import dev.consentry.v1.App;
import dev.consentry.v1.AppChange;
import dev.consentry.v1.AppScope;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.DeleteAppResponse;
import dev.consentry.v1.Event;
import dev.consentry.v1.GetAppResponse;
import dev.consentry.v1.Grant;
import dev.consentry.v1.GrantChange;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.HistoryServiceGrpc;
import dev.consentry.v1.ListAppsResponse;
import dev.consentry.v1.ListEventsResponse;
import dev.consentry.v1.ListGrantsResponse;
import dev.consentry.v1.PreviewGrantResponse;
import dev.consentry.v1.PutAppResponse;
import dev.consentry.v1.ResumeAppResponse;
import dev.consentry.v1.RevokeAppResponse;
import dev.consentry.v1.RevokeResponse;
import dev.consentry.v1.SuspendAppResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.time.Instant;
import java.util.List;

/** One app, granted once, as a server would tell of it. */
final class World {
  static final App APP =
      App.newBuilder()
          .setAppId("ledger-sync")
          .setDisplayName("Ledger Sync")
          .setPublisher("Acme Books")
          .addRequiredScopes(scope("invoices.read", "Reads invoices"))
          .addOptionalScopes(scope("invoices.write", "Books payments"))
          .addOptionalScopes(scope("contacts.read", "Names payers"))
          .setManifestVersion(3)
          .setState(App.State.STATE_ACTIVE)
          .setCreateTime(time("2026-08-01T00:00:00Z"))
          .setUpdateTime(time("2026-11-23T10:02:00Z"))
          .setRevision("r-3")
          .build();

  static final Grant GRANT =
      Grant.newBuilder()
          .setAccountId("acme")
          .setAppId("ledger-sync")
          .setAppDisplayName("Ledger Sync")
          .setAppState(App.State.STATE_ACTIVE)
          .addScopes("invoices.read")
          .addScopes("invoices.write")
          .setManifestVersion(3)
          .setState(Grant.State.STATE_ACTIVE)
          .setGrantTime(time("2026-11-20T10:12:00Z"))
          .setGrantedBy(Actor.newBuilder().setPrincipal("local"))
          .setGrantReason("month end")
          .setRevision("r-7")
          .build();

  private static final Event EVENT =
      Event.newBuilder()
          .setRevision("r-7")
          .setEventTime(GRANT.getGrantTime())
          .setType(Event.Type.TYPE_REPLACED)
          .setAccountId("acme")
          .setAppId("ledger-sync")
          .setActor(GRANT.getGrantedBy())
          .setReason("month end")
          .setGrant(
              GrantChange.newBuilder()
                  .setBefore(
                      GRANT.toBuilder().clearScopes().addScopes("invoices.read").addScopes("x"))
                  .setAfter(GRANT))
          .build();

  private static final Event APP_EVENT =
      Event.newBuilder()
          .setRevision("r-3")
          .setEventTime(APP.getUpdateTime())
          .setType(Event.Type.TYPE_APP_CHANGED)
          .setAppId("ledger-sync")
          .setActor(GRANT.getGrantedBy())
          .setApp(AppChange.newBuilder().setBefore(APP).setAfter(APP))
          .build();

  private World() {}

  /** Tells a server to answer as this world is, with nothing granted yet. */
  static FakeServer serve(FakeServer server) {
    return server
        .health(ServingStatus.SERVING)
        .on(
            GrantServiceGrpc.getPreviewGrantMethod(),
            request ->
                PreviewGrantResponse.newBuilder()
                    .setApp(APP)
                    .addScopes("invoices.read")
                    .addAllScopes(request.getOptionalScopesList())
                    .setRevision("r-6")
                    .build())
        .on(
            GrantServiceGrpc.getGrantMethod(),
            request -> GrantResponse.newBuilder().setGrant(GRANT).setRevision("r-7").build())
        .on(
            GrantServiceGrpc.getListGrantsMethod(),
            request ->
                request.getPageToken().isEmpty()
                    ? ListGrantsResponse.newBuilder()
                        .addGrants(GRANT)
                        .setNextPageToken("two")
                        .setRevision("r-7")
                        .build()
                    : ListGrantsResponse.newBuilder()
                        .addGrants(
                            GRANT.toBuilder()
                                .setAccountId("globex")
                                .setAppState(App.State.STATE_SUSPENDED)
                                .setExpireTime(time("2027-01-31T00:00:00Z")))
                        .setRevision("r-9")
                        .build())
        .on(
            GrantServiceGrpc.getRevokeMethod(),
            request ->
                RevokeResponse.newBuilder()
                    .setGrant(
                        GRANT.toBuilder()
                            .setState(Grant.State.STATE_REVOKED)
                            .setRevokeTime(time("2026-11-23T10:12:30Z"))
                            .setRevokedBy(GRANT.getGrantedBy())
                            .setRevokeReason(request.getReason())
                            .setRevision("r-8"))
                    .setRevision("r-8")
                    .build())
        .onStream(
            GrantServiceGrpc.getRevokeAppMethod(),
            request ->
                request.getDryRun() ? List.of(step(0, 101)) : List.of(step(100, 1), step(101, 0)))
        .on(
            AppServiceGrpc.getPutAppMethod(),
            request -> PutAppResponse.newBuilder().setApp(APP).setRevision("r-3").build())
        .on(
            AppServiceGrpc.getGetAppMethod(),
            request -> GetAppResponse.newBuilder().setApp(APP).setRevision("r-3").build())
        .on(
            AppServiceGrpc.getListAppsMethod(),
            request -> ListAppsResponse.newBuilder().addApps(APP).setRevision("r-9").build())
        .on(
            AppServiceGrpc.getSuspendAppMethod(),
            request ->
                SuspendAppResponse.newBuilder()
                    .setApp(
                        APP.toBuilder()
                            .setState(App.State.STATE_SUSPENDED)
                            .setStateReason(request.getReason()))
                    .build())
        .on(
            AppServiceGrpc.getResumeAppMethod(),
            request -> ResumeAppResponse.newBuilder().setApp(APP).build())
        .on(
            AppServiceGrpc.getDeleteAppMethod(),
            request -> DeleteAppResponse.newBuilder().setRevision("r-9").build())
        .on(
            HistoryServiceGrpc.getListEventsMethod(),
            request ->
                request.getPageToken().isEmpty()
                    ? ListEventsResponse.newBuilder()
                        .addEvents(EVENT)
                        .setNextPageToken("two")
                        .setRevision("r-9")
                        .build()
                    : ListEventsResponse.newBuilder().addEvents(APP_EVENT).build());
  }

  static RevokeAppResponse step(long revoked, long remaining) {
    return RevokeAppResponse.newBuilder()
        .setRevokedCount(revoked)
        .setRemainingCount(remaining)
        .build();
  }

  static Timestamp time(String instant) {
    return Timestamp.newBuilder().setSeconds(Instant.parse(instant).getEpochSecond()).build();
  }

  private static AppScope scope(String name, String description) {
    return AppScope.newBuilder().setName(name).setDescription(description).build();
  }
}
