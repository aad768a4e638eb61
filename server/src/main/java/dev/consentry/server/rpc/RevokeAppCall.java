package dev.consentry.server.rpc;

import dev.consentry.server.consent.Actor;
import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.RevokeAppStep;
import dev.consentry.server.decision.AppId;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeAppResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Semaphore;

/** Revokes an app's grants step by step, a message after each. */
final class RevokeAppCall {
  private final RevokeAppRequest request;
  private final ServerCallStreamObserver<RevokeAppResponse> out;
  private final GrantStore store;
  private final ConsentReads reads;

  /** Released whenever it is worth looking again whether the caller reads, or is gone. */
  private final Semaphore changes = new Semaphore(0);

  RevokeAppCall(
      RevokeAppRequest request,
      ServerCallStreamObserver<RevokeAppResponse> out,
      GrantStore store,
      ConsentReads reads) {
    this.request = request;
    this.out = out;
    this.store = store;
    this.reads = reads;
    out.setOnReadyHandler(changes::release);
    out.setOnCancelHandler(changes::release);
  }

  /** Sends all messages, or stops where the caller is gone. */
  void run(Actor actor) {
    RevokeAppStep step = Requests.revokeApp(request, actor);
    if (request.getDryRun()) {
      out.onNext(count(step.app()));
      return;
    }
    // Once: steps do not count, for the sake of everybody else who writes.
    long expected = reads.countActiveGrants(step.app()).value();
    long revoked = 0;
    boolean done;
    do {
      requireStillAllowed();
      At<RevokeAppStep.Progress> progress = store.execute(step, Calls.abandoned());
      revoked += progress.value().revoked();
      done = progress.value().done();
      awaitReady();
      out.onNext(
          RevokeAppResponse.newBuilder()
              .setRevokedCount(revoked)
              .setRemainingCount(done ? 0 : Math.max(1, expected - revoked))
              .setRevision(progress.revision().token())
              .build());
    } while (!done && !out.isCancelled());
  }

  /** It may take long enough for its operator to be dismissed. */
  private static void requireStillAllowed() {
    if (!Doorkeeper.pass().identify().rights().mayOperate()) {
      throw new RefusedException(new Refusal.NotAllowed());
    }
  }

  private RevokeAppResponse count(AppId app) {
    if (reads.app(app, 0).value().isEmpty()) {
      throw new RefusedException(new Refusal.AppNotFound(app));
    }
    At<Long> active = reads.countActiveGrants(app);
    return RevokeAppResponse.newBuilder()
        .setRemainingCount(active.value())
        .setRevision(active.revision().token())
        .build();
  }

  private void awaitReady() {
    while (!out.isReady() && !out.isCancelled()) {
      changes.acquireUninterruptibly();
    }
  }
}
