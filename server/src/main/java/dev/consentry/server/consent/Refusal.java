package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Why something was not done or not answered. Whatever is refused has changed nothing, but for
 * {@link OutcomeUnknown}.
 */
public sealed interface Refusal {
  record InvalidRequest(List<Violation> violations) implements Refusal {
    static InvalidRequest of(String field, String description) {
      return new InvalidRequest(List.of(new Violation(field, description)));
    }
  }

  /**
   * No credential, or one that is no good.
   *
   * @param problem what is wrong with it, for its owner; tells nothing of what would be right
   */
  record Unauthenticated(String problem) implements Refusal {}

  /** The caller has no right to this, whether it exists or not. */
  record NotAllowed() implements Refusal {}

  record AppNotFound(AppId app) implements Refusal {}

  record GrantNotFound(GrantKey key) implements Refusal {}

  record GrantExists(GrantKey key, Revision current) implements Refusal {}

  record AppSuspended(AppId app) implements Refusal {}

  record AppHasGrants(AppId app, long activeCount) implements Refusal {}

  record RequestIdReused(UUID requestId) implements Refusal {}

  /**
   * The app is no longer what the administrator was shown, or what the operator expected.
   *
   * @param current the version to be shown now; 0 if there is none
   */
  record ManifestChanged(AppId app, int current) implements Refusal {}

  /**
   * The grant is no longer what the administrator saw.
   *
   * @param current revision of the grant as it is; null if there is none
   */
  record GrantChanged(GrantKey key, @Nullable Revision current) implements Refusal {}

  /** Too much is asked at once. */
  record Overloaded(Duration retryAfter) implements Refusal {}

  /** What came from the store had been asked for too long ago. */
  record TooStale() implements Refusal {}

  /** The store did not answer, or had no room to. Nothing was written. */
  record StoreUnavailable() implements Refusal {}

  /** The store has not reached the revision the caller knows of. */
  record RevisionAhead() implements Refusal {}

  /** What would come next in the history is no longer retained. */
  record RevisionTooOld() implements Refusal {}

  record ShuttingDown() implements Refusal {}

  /** Perhaps written, perhaps not. The same {@code request_id} again tells. */
  record OutcomeUnknown() implements Refusal {}
}
