package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.InvalidFieldsException;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.Violation;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a caller is told when there is no answer.
 *
 * @param reason one of few, in upper case
 * @param detail for developers
 * @param retryAfter when it may be worth asking again; null if as it is it never is
 */
record Fault(int status, String reason, String detail, @Nullable Duration retryAfter) {
  static final int BAD_REQUEST = 400;
  static final int UNAUTHORIZED = 401;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int INTERNAL = 500;
  static final int UNAVAILABLE = 503;

  /** Of a detail that names bad members. */
  static final int VIOLATIONS_TOLD_MAX = 10;

  private static final Duration SOON = Duration.ofSeconds(1);

  /** Of a request that is not what it may be. */
  static Fault of(InvalidFieldsException invalid) {
    return badRequest(describe(invalid.violations()));
  }

  static Fault badRequest(String detail) {
    return new Fault(BAD_REQUEST, "INVALID_REQUEST", detail, null);
  }

  /** What stands behind this refusal. */
  static Fault of(Refusal refusal) {
    return switch (refusal) {
      case Refusal.InvalidRequest(var violations) -> badRequest(describe(violations));
      case Refusal.Unauthenticated(var problem) ->
          new Fault(UNAUTHORIZED, "UNAUTHENTICATED", problem, null);
      case Refusal.NotAllowed() ->
          new Fault(
              FORBIDDEN,
              "NOT_ALLOWED",
              "the caller may not do this there, whether it exists or not",
              null);
      case Refusal.Overloaded(var retryAfter) ->
          new Fault(UNAVAILABLE, "OVERLOADED", "too much is asked at once", retryAfter);
      case Refusal.TooStale() ->
          unavailable("STALE", "the store answered too late to decide on it");
      case Refusal.StoreUnavailable() ->
          unavailable("STORE_UNAVAILABLE", "the store could not be asked");
      case Refusal.RevisionAhead() ->
          unavailable("REVISION_AHEAD", "the store has not reached this revision");
      case Refusal.ShuttingDown() -> unavailable("SHUTTING_DOWN", "the server is about to stop");
      case Refusal.AppNotFound _,
          Refusal.GrantNotFound _,
          Refusal.GrantExists _,
          Refusal.AppSuspended _,
          Refusal.AppHasGrants _,
          Refusal.RequestIdReused _,
          Refusal.ManifestChanged _,
          Refusal.GrantChanged _,
          Refusal.RevisionTooOld _,
          Refusal.OutcomeUnknown _ ->
          throw new IllegalStateException("no answer to a question: " + refusal);
    };
  }

  /**
   * A mistake of ours.
   *
   * @param errorId stands in the log beside the cause
   */
  static Fault internal(String errorId) {
    return new Fault(
        INTERNAL,
        "INTERNAL",
        "a mistake of the server's; its log says more under `%s`".formatted(errorId),
        null);
  }

  private static Fault unavailable(String reason, String detail) {
    return new Fault(UNAVAILABLE, reason, detail, SOON);
  }

  private static String describe(List<Violation> violations) {
    String told =
        violations.stream()
            .limit(VIOLATIONS_TOLD_MAX)
            .map(v -> "`%s` %s".formatted(v.field(), v.description()))
            .collect(Collectors.joining("; "));
    int more = violations.size() - VIOLATIONS_TOLD_MAX;
    return more > 0 ? "%s; and %d more".formatted(told, more) : told;
  }

  /** Whole seconds, as a header has them; at least one. */
  long retryAfterSeconds(Duration after) {
    return Math.max(1, after.plusMillis(999).toSeconds());
  }
}
