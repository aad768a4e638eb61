package dev.consentry.server.rpc;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
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
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** The registry of apps. */
final class AppRpc extends AppServiceGrpc.AppServiceImplBase {
  private final GrantStore store;
  private final ConsentReads reads;
  private final Calls calls;

  AppRpc(GrantStore store, ConsentReads reads, Calls calls) {
    this.store = store;
    this.reads = reads;
    this.calls = calls;
  }

  @Override
  public void putApp(PutAppRequest request, StreamObserver<PutAppResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var command = Requests.putApp(request, Doorkeeper.caller().actor());
          At<App> put = store.execute(command, Calls.abandoned());
          return PutAppResponse.newBuilder()
              .setApp(app(put))
              .setRevision(put.revision().token())
              .build();
        });
  }

  @Override
  public void getApp(GetAppRequest request, StreamObserver<GetAppResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var asked = Requests.getApp(request);
          At<Optional<App>> read = reads.app(asked.id(), asked.version());
          App found =
              read.value()
                  .orElseThrow(() -> new RefusedException(new Refusal.AppNotFound(asked.id())));
          return GetAppResponse.newBuilder()
              .setApp(Messages.app(found, read.revision().epoch()))
              .setRevision(read.revision().token())
              .build();
        });
  }

  @Override
  public void listApps(ListAppsRequest request, StreamObserver<ListAppsResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var asked = Requests.listApps(request);
          var page = reads.apps(asked.filter(), Messages.pageOfApps(asked.rows()), asked.after());
          return Messages.apps(page, asked.tokens());
        });
  }

  @Override
  public void suspendApp(SuspendAppRequest request, StreamObserver<SuspendAppResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var command = Requests.suspendApp(request, Doorkeeper.caller().actor());
          At<App> suspended = store.execute(command, Calls.abandoned());
          return SuspendAppResponse.newBuilder()
              .setApp(app(suspended))
              .setRevision(suspended.revision().token())
              .build();
        });
  }

  @Override
  public void resumeApp(ResumeAppRequest request, StreamObserver<ResumeAppResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var command = Requests.resumeApp(request, Doorkeeper.caller().actor());
          At<App> resumed = store.execute(command, Calls.abandoned());
          return ResumeAppResponse.newBuilder()
              .setApp(app(resumed))
              .setRevision(resumed.revision().token())
              .build();
        });
  }

  @Override
  public void deleteApp(DeleteAppRequest request, StreamObserver<DeleteAppResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var command = Requests.deleteApp(request, Doorkeeper.caller().actor());
          At<Boolean> deleted = store.execute(command, Calls.abandoned());
          return DeleteAppResponse.newBuilder().setRevision(deleted.revision().token()).build();
        });
  }

  private static dev.consentry.v1.App app(At<App> at) {
    return Messages.app(at.value(), at.revision().epoch());
  }
}
