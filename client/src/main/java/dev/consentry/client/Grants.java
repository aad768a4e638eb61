package dev.consentry.client;

import dev.consentry.v1.GetGrantRequest;
import dev.consentry.v1.GetGrantResponse;
import dev.consentry.v1.Grant;
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
import java.util.Collection;
import java.util.function.Consumer;

/** What an account's administrators do: look, agree, take back. */
public final class Grants {
  private final Calls calls;

  Grants(Calls calls) {
    this.calls = calls;
  }

  /**
   * What an administrator is to be shown before agreeing.
   *
   * @param optionalScopes those ticked so far
   */
  public PreviewGrantResponse preview(
      String accountId, String appId, Collection<String> optionalScopes) {
    return calls.unary(
        GrantServiceGrpc.getPreviewGrantMethod(),
        PreviewGrantRequest.newBuilder()
            .setAccountId(accountId)
            .setAppId(appId)
            .addAllOptionalScopes(optionalScopes)
            .build());
  }

  /**
   * Agrees. The request carries the {@code manifest_version} that was shown; a {@code request_id}
   * is set if it has none. Whoever wants to try again after {@code OUTCOME_UNKNOWN} sets one: the
   * same request then gives the first answer.
   */
  public GrantResponse grant(GrantRequest request) {
    return calls.unary(GrantServiceGrpc.getGrantMethod(), request);
  }

  /** The latest agreement of an account with an app, in whatever state; NOT_FOUND if never made. */
  public GetGrantResponse get(String accountId, String appId) {
    return calls.unary(
        GrantServiceGrpc.getGetGrantMethod(),
        GetGrantRequest.newBuilder().setAccountId(accountId).setAppId(appId).build());
  }

  /**
   * Grants in the order of account and app.
   *
   * @param filter its page token is where to begin
   */
  public Listing<ListGrantsResponse, Grant> list(ListGrantsRequest filter) {
    return new Listing<>(
        token ->
            calls.unary(
                GrantServiceGrpc.getListGrantsMethod(),
                token.isEmpty() ? filter : filter.toBuilder().setPageToken(token).build()),
        ListGrantsResponse::getNextPageToken,
        ListGrantsResponse::getGrantsList);
  }

  /** Takes a grant back: once this returns, no check allows. NOT_FOUND if none is active. */
  public RevokeResponse revoke(String accountId, String appId, String reason) {
    return revoke(
        RevokeRequest.newBuilder()
            .setAccountId(accountId)
            .setAppId(appId)
            .setReason(reason)
            .build());
  }

  /** Takes a grant back, written out; a {@code request_id} is set if it has none. */
  public RevokeResponse revoke(RevokeRequest request) {
    return calls.unary(GrantServiceGrpc.getRevokeMethod(), request);
  }

  /**
   * Takes back every active grant of an app, step by step. Safe to call again after a failure.
   *
   * @param progress is given the reply after each step
   * @return the last reply
   */
  public RevokeAppResponse revokeApp(
      RevokeAppRequest request, Consumer<? super RevokeAppResponse> progress) {
    return calls.stream(GrantServiceGrpc.getRevokeAppMethod(), request, progress);
  }
}
