package dev.consentry.client;

import dev.consentry.v1.BatchCheckResult;
import dev.consentry.v1.CheckError;
import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DenyReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The answer to one question. Only a plain ALLOW of the server opens the door. */
public final class CheckResult {
  private final List<String> asked;
  private final CheckResponse response;
  private final @Nullable CheckError error;

  private CheckResult(List<String> asked, CheckResponse response, @Nullable CheckError error) {
    this.asked = List.copyOf(asked);
    this.response = response;
    this.error = error;
  }

  static CheckResult of(List<String> asked, CheckResponse response) {
    return new CheckResult(asked, response, null);
  }

  /** An outcome that is neither set nor known is an answer without a decision. */
  static CheckResult of(List<String> asked, BatchCheckResult result) {
    return new CheckResult(
        asked, result.getResponse(), result.hasError() ? result.getError() : null);
  }

  /**
   * True if the app holds every scope asked for. An unset or unknown decision, an error in a batch,
   * or an ALLOW that names missing scopes is false.
   */
  public boolean allowed() {
    return error == null
        && response.getDecision() == Decision.DECISION_ALLOW
        && response.getMissingScopesCount() == 0;
  }

  /**
   * Why not. {@code UNSPECIFIED} with an ALLOW or an error; {@code UNRECOGNIZED} for a reason newer
   * than this client, which is a deny all the same.
   */
  public DenyReason denyReason() {
    return response.getDenyReason();
  }

  /**
   * The scopes asked for that are not granted, in the order asked. All of them where the server
   * gave no decision that this client knows, so that asked minus missing is granted, always.
   */
  public List<String> missingScopes() {
    return decided() ? response.getMissingScopesList() : asked;
  }

  /** The scopes asked for that are granted, in the order asked: what a token may be issued for. */
  public List<String> grantedScopes() {
    List<String> granted = new ArrayList<>(asked);
    granted.removeAll(missingScopes());
    return List.copyOf(granted);
  }

  /** When this ALLOW ends by itself, if it does: an answer that is kept is dropped by then. */
  public Optional<Instant> grantExpireTime() {
    return response.hasGrantExpireTime()
        ? Optional.of(
            Instant.ofEpochSecond(
                response.getGrantExpireTime().getSeconds(),
                response.getGrantExpireTime().getNanos()))
        : Optional.empty();
  }

  /** At which this is the truth: for {@link Freshness#atLeast}. Empty with an error. */
  public String revision() {
    return response.getRevision();
  }

  /** Why an item of a batch has no answer. Always empty outside a batch. */
  public Optional<CheckError> error() {
    return Optional.ofNullable(error);
  }

  /** The answer as it came. */
  public CheckResponse message() {
    return response;
  }

  private boolean decided() {
    return error == null
        && (response.getDecision() == Decision.DECISION_ALLOW
            || response.getDecision() == Decision.DECISION_DENY);
  }

  @Override
  public String toString() {
    return allowed() ? "ALLOW" : "DENY " + denyReason() + " missing " + missingScopes();
  }
}
