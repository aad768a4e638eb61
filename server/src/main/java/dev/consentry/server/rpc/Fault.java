package dev.consentry.server.rpc;

import com.google.protobuf.Any;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Violation;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is told when there is no answer.
 *
 * @param message in lower case, for developers
 * @param metadata the variable parts, by the keys that the contract names
 * @param violations every bad field; empty unless the request is invalid
 * @param retryAfter set if, and only if, the call was shed
 */
record Fault(
    Status.Code code,
    ErrorReason reason,
    String message,
    Map<String, String> metadata,
    List<Violation> violations,
    java.time.@Nullable Duration retryAfter) {
  static final String DOMAIN = "consentry.dev";

  /** Of a message that names bad fields, so that a batch of errors stays a small reply. */
  static final int MESSAGE_CHARACTERS_MAX = 300;

  /*
   * Errors travel as metadata, in base64, and clients take 8 KiB of that by default: beyond this, fields are named
   * without saying what is wrong with them, and after that not even named.
   */
  static final int VIOLATIONS_BYTES_MAX = 4_800;

  private Fault(
      Status.Code code, ErrorReason reason, String message, Map<String, String> metadata) {
    this(code, reason, message, metadata, List.of(), null);
  }

  /** What the contract calls this refusal. */
  static Fault of(Refusal refusal) {
    return switch (refusal) {
      case Refusal.InvalidRequest(var violations) ->
          new Fault(
              Status.Code.INVALID_ARGUMENT,
              ErrorReason.ERROR_REASON_INVALID_REQUEST,
              describe(violations),
              Map.of(),
              violations,
              null);
      case Refusal.Unauthenticated(var problem) ->
          new Fault(
              Status.Code.UNAUTHENTICATED,
              ErrorReason.ERROR_REASON_UNAUTHENTICATED,
              problem,
              Map.of());
      case Refusal.NotAllowed() ->
          new Fault(
              Status.Code.PERMISSION_DENIED,
              ErrorReason.ERROR_REASON_NOT_ALLOWED,
              "the caller may not do this there, whether it exists or not",
              Map.of());
      case Refusal.AppNotFound(var app) ->
          new Fault(
              Status.Code.NOT_FOUND,
              ErrorReason.ERROR_REASON_APP_NOT_FOUND,
              "no app `%s`, or not in this version".formatted(app),
              Map.of("app_id", app.value()));
      case Refusal.GrantNotFound(var key) ->
          new Fault(
              Status.Code.NOT_FOUND,
              ErrorReason.ERROR_REASON_GRANT_NOT_FOUND,
              "no grant of account `%s` to app `%s`".formatted(key.account(), key.app()),
              Map.of("app_id", key.app().value(), "account_id", key.account().value()));
      case Refusal.GrantExists(var key, var current) ->
          new Fault(
              Status.Code.ALREADY_EXISTS,
              ErrorReason.ERROR_REASON_GRANT_EXISTS,
              "account `%s` has an active grant to app `%s`; `replace` would swap it"
                  .formatted(key.account(), key.app()),
              Map.of("grant_revision", current.token()));
      case Refusal.AppSuspended(var app) ->
          new Fault(
              Status.Code.FAILED_PRECONDITION,
              ErrorReason.ERROR_REASON_APP_SUSPENDED,
              "app `%s` is suspended".formatted(app),
              Map.of("app_id", app.value()));
      case Refusal.AppHasGrants(var app, var active) ->
          new Fault(
              Status.Code.FAILED_PRECONDITION,
              ErrorReason.ERROR_REASON_APP_HAS_GRANTS,
              "app `%s` has active grants: %d".formatted(app, active),
              Map.of("active_count", Long.toString(active)));
      case Refusal.RequestIdReused(var id) ->
          new Fault(
              Status.Code.FAILED_PRECONDITION,
              ErrorReason.ERROR_REASON_REQUEST_ID_REUSED,
              "request_id `%s` was used for a request with other content".formatted(id),
              Map.of("request_id", id.toString()));
      case Refusal.ManifestChanged(var app, var current) ->
          new Fault(
              Status.Code.ABORTED,
              ErrorReason.ERROR_REASON_MANIFEST_CHANGED,
              "app `%s` is at version %d".formatted(app, current),
              Map.of("manifest_version", Integer.toString(current)));
      case Refusal.GrantChanged(var key, var current) ->
          new Fault(
              Status.Code.ABORTED,
              ErrorReason.ERROR_REASON_GRANT_CHANGED,
              "the grant of account `%s` to app `%s` is not at the expected revision"
                  .formatted(key.account(), key.app()),
              Map.of("grant_revision", token(current)));
      case Refusal.Overloaded(var retryAfter) ->
          new Fault(
              Status.Code.RESOURCE_EXHAUSTED,
              ErrorReason.ERROR_REASON_OVERLOADED,
              "too much is asked at once; nothing was done",
              Map.of(),
              List.of(),
              retryAfter);
      case Refusal.TooStale() ->
          unavailable(
              ErrorReason.ERROR_REASON_TOO_STALE, "the store answered too late to decide on it");
      case Refusal.StoreUnavailable() ->
          unavailable(
              ErrorReason.ERROR_REASON_STORE_UNAVAILABLE,
              "the store could not be asked; nothing was written");
      case Refusal.RevisionAhead() ->
          unavailable(
              ErrorReason.ERROR_REASON_REVISION_AHEAD, "the store has not reached this revision");
      case Refusal.RevisionTooOld() ->
          new Fault(
              Status.Code.OUT_OF_RANGE,
              ErrorReason.ERROR_REASON_REVISION_TOO_OLD,
              "what follows this `page_token` is no longer retained; list anew, without it",
              Map.of());
      case Refusal.ShuttingDown() ->
          unavailable(
              ErrorReason.ERROR_REASON_SHUTTING_DOWN,
              "the server is about to stop; nothing was written");
      case Refusal.OutcomeUnknown() ->
          unavailable(
              ErrorReason.ERROR_REASON_OUTCOME_UNKNOWN,
              "perhaps written, perhaps not; send it again with the same request_id");
    };
  }

  /**
   * A mistake of ours.
   *
   * @param errorId stands in the log beside the cause
   */
  static Fault internal(String errorId) {
    return new Fault(
        Status.Code.INTERNAL,
        ErrorReason.ERROR_REASON_INTERNAL,
        "a mistake of the server's; its log says more under `%s`".formatted(errorId),
        Map.of("error_id", errorId));
  }

  private static Fault unavailable(ErrorReason reason, String message) {
    return new Fault(Status.Code.UNAVAILABLE, reason, message, Map.of());
  }

  private static String token(@Nullable Revision revision) {
    return revision == null ? "" : revision.token();
  }

  private static String describe(List<Violation> violations) {
    var text = new StringBuilder();
    for (int i = 0; i < violations.size(); i++) {
      Violation violation = violations.get(i);
      String next = "`%s` %s".formatted(violation.field(), violation.description());
      if (i > 0 && text.length() + next.length() > MESSAGE_CHARACTERS_MAX) {
        return text.append("; and %d more".formatted(violations.size() - i)).toString();
      }
      text.append(i > 0 ? "; " : "").append(next);
    }
    return text.toString();
  }

  /** As a call ends with it. */
  StatusRuntimeException status() {
    var status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason(reason.name())
                        .setDomain(DOMAIN)
                        .putAllMetadata(metadata)
                        .build()));
    if (!violations.isEmpty()) {
      status.addDetails(Any.pack(badRequest()));
    }
    if (retryAfter != null) {
      status.addDetails(
          Any.pack(RetryInfo.newBuilder().setRetryDelay(retryDelay(retryAfter)).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** As an item of a batch or of a stream ends with it. */
  CheckError checkError() {
    var error = CheckError.newBuilder().setCode(code.value()).setReason(reason).setMessage(message);
    if (retryAfter != null) {
      error.setRetryDelay(retryDelay(retryAfter));
    }
    return error.build();
  }

  private BadRequest badRequest() {
    var named = new ArrayList<FieldViolation>();
    int left = VIOLATIONS_BYTES_MAX;
    for (Violation violation : violations) {
      var field = FieldViolation.newBuilder().setField(violation.field()).build();
      left -= sizeOf(field);
      if (left < 0) {
        break;
      }
      named.add(field);
    }
    for (int i = 0; i < named.size(); i++) {
      var whole = named.get(i).toBuilder().setDescription(violations.get(i).description()).build();
      left -= sizeOf(whole) - sizeOf(named.get(i));
      if (left < 0) {
        break;
      }
      named.set(i, whole);
    }
    return BadRequest.newBuilder().addAllFieldViolations(named).build();
  }

  private static int sizeOf(FieldViolation violation) {
    return CodedOutputStream.computeMessageSize(
        BadRequest.FIELD_VIOLATIONS_FIELD_NUMBER, violation);
  }

  private static Duration retryDelay(java.time.Duration delay) {
    return Duration.newBuilder().setSeconds(delay.getSeconds()).setNanos(delay.getNano()).build();
  }
}
