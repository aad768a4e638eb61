package dev.consentry.server.rpc;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.ConsentReads;
import dev.consentry.server.consent.ConsentReads.AppAndGrant;
import dev.consentry.server.consent.GrantStore;
import dev.consentry.server.consent.GrantView;
import dev.consentry.server.consent.Preview;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GetGrantResponse;
import dev.consentry.v1.GrantRequest;
import dev.consentry.v1.GrantResponse;
import dev.consentry.v1.GrantServiceGrpc;
import dev.consentry.v1.ListGrantsRequest;
import dev.consentry.v1.ListGrantsResponse;
import dev.consentry.v1.PreviewGrantRequest;
import dev.consentry.v1.PreviewGrantResponse;
import dev.consentry.v1.RevokeAppRequest;
import dev.consentry.v1.RevokeAppResponse;
import dev.consentry.v1.RevokeRequest;
import dev.consentry.v1.RevokeResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** What accounts have agreed to. */
final class GrantRpc extends GrantServiceGrpc.GrantServiceImplBase {
  private final GrantStore store;
  private final ConsentReads reads;
  private final Calls calls;

  GrantRpc(GrantStore store, ConsentReads reads, Calls calls) {
    this.store = store;
    this.reads = reads;
    this.calls = calls;
  }

  @Override
  public void previewGrant(
      PreviewGrantRequest request, StreamObserver<PreviewGrantResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var choice = Requests.preview(request);
          At<AppAndGrant> read = reads.appAndGrant(choice.key());
          return Messages.preview(new At<>(preview(choice, read.value()), read.revision()));
        });
  }

  private static Preview preview(Requests.Choice choice, AppAndGrant found) {
    if (found.app() == null) {
      throw new RefusedException(new Refusal.AppNotFound(choice.key().app()));
    }
    return Preview.of(found.app(), found.grant(), choice.optionalScopes(), found.now());
  }

  @Override
  public void grant(GrantRequest request, StreamObserver<GrantResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var command = Requests.authorize(request, Doorkeeper.caller().actor());
          At<GrantView> granted = store.execute(command, Calls.abandoned());
          return GrantResponse.newBuilder()
              .setGrant(Messages.grant(granted.value(), granted.revision().epoch()))
              .setRevision(granted.revision().token())
              .build();
        });
  }

  @Override
  public void getGrant(GetGrantRequest request, StreamObserver<GetGrantResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          GrantKey key = Requests.getGrant(request);
          At<AppAndGrant> read = reads.appAndGrant(key);
          return GetGrantResponse.newBuilder()
              .setGrant(Messages.grant(view(key, read.value()), read.revision().epoch()))
              .setRevision(read.revision().token())
              .build();
        });
  }

  private static GrantView view(GrantKey key, AppAndGrant found) {
    if (found.app() == null || found.grant() == null) {
      throw new RefusedException(new Refusal.GrantNotFound(key));
    }
    return GrantView.of(found.grant(), found.app(), found.now());
  }

  @Override
  public void listGrants(ListGrantsRequest request, StreamObserver<ListGrantsResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var asked = Requests.listGrants(request);
          var page =
              reads.grants(asked.filter(), Messages.pageOfGrants(asked.rows()), asked.after());
          return Messages.grants(page, asked.tokens());
        });
  }

  @Override
  public void revoke(RevokeRequest request, StreamObserver<RevokeResponse> reply) {
    calls.answerBlocking(
        reply,
        () -> {
          var command = Requests.revoke(request, Doorkeeper.caller().actor());
          At<Optional<GrantView>> revoked = store.execute(command, Calls.abandoned());
          var response = RevokeResponse.newBuilder().setRevision(revoked.revision().token());
          revoked
              .value()
              .ifPresent(g -> response.setGrant(Messages.grant(g, revoked.revision().epoch())));
          return response.build();
        });
  }

  @Override
  public void revokeApp(RevokeAppRequest request, StreamObserver<RevokeAppResponse> reply) {
    // What grpc-java hands to a method that answers with a stream.
    var out = (ServerCallStreamObserver<RevokeAppResponse>) reply;
    var steps = new RevokeAppCall(request, out, store, reads);
    calls.streamBlocking(out, () -> steps.run(Doorkeeper.caller().actor()));
  }
}
