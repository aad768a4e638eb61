package dev.consentry.client;

import dev.consentry.v1.App;
import dev.consentry.v1.AppServiceGrpc;
import dev.consentry.v1.DeleteAppRequest;
import dev.consentry.v1.DeleteAppResponse;
import dev.consentry.v1.GetAppRequest;
import dev.consentry.v1.GetAppResponse;
import dev.consentry.v1.ListAppsRequest;
import dev.consentry.v1.ListAppsResponse;
import dev.consentry.v1.PutAppRequest;
import dev.consentry.v1.PutAppResponse;
import dev.consentry.v1.ResumeAppRequest;
import dev.consentry.v1.ResumeAppResponse;
import dev.consentry.v1.SuspendAppRequest;
import dev.consentry.v1.SuspendAppResponse;

/** What operators do with apps. None of these writes is ever sent twice by the client. */
public final class Apps {
  private final Calls calls;

  Apps(Calls calls) {
    this.calls = calls;
  }

  /** Registers an app, or changes it, whatever version it is at. */
  public PutAppResponse put(App app) {
    return put(PutAppRequest.newBuilder().setApp(app).build());
  }

  /** Registers an app, or changes it, written out. */
  public PutAppResponse put(PutAppRequest request) {
    return calls.unary(AppServiceGrpc.getPutAppMethod(), request);
  }

  /** An app as it is now, also when it was deleted. */
  public GetAppResponse get(String appId) {
    return get(appId, 0);
  }

  /**
   * An app as it was.
   *
   * @param manifestVersion which version of it; 0 is the current one
   */
  public GetAppResponse get(String appId, int manifestVersion) {
    return calls.unary(
        AppServiceGrpc.getGetAppMethod(),
        GetAppRequest.newBuilder().setAppId(appId).setManifestVersion(manifestVersion).build());
  }

  /**
   * Apps in the order of their ids.
   *
   * @param filter its page token is where to begin
   */
  public Listing<ListAppsResponse, App> list(ListAppsRequest filter) {
    return new Listing<>(
        token ->
            calls.unary(
                AppServiceGrpc.getListAppsMethod(),
                token.isEmpty() ? filter : filter.toBuilder().setPageToken(token).build()),
        ListAppsResponse::getNextPageToken,
        ListAppsResponse::getAppsList);
  }

  /** Stops an app everywhere: once this returns, every check denies it. */
  public SuspendAppResponse suspend(String appId, String reason) {
    return calls.unary(
        AppServiceGrpc.getSuspendAppMethod(),
        SuspendAppRequest.newBuilder().setAppId(appId).setReason(reason).build());
  }

  /** Lets a suspended app go on, with its grants as they stand. */
  public ResumeAppResponse resume(String appId, String reason) {
    return calls.unary(
        AppServiceGrpc.getResumeAppMethod(),
        ResumeAppRequest.newBuilder().setAppId(appId).setReason(reason).build());
  }

  /** Retires an app that has no active grants. */
  public DeleteAppResponse delete(String appId, String reason) {
    return delete(DeleteAppRequest.newBuilder().setAppId(appId).setReason(reason).build());
  }

  /** Retires an app that has no active grants, written out. */
  public DeleteAppResponse delete(DeleteAppRequest request) {
    return calls.unary(AppServiceGrpc.getDeleteAppMethod(), request);
  }
}
