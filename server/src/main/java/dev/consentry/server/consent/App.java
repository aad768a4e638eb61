package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import java.time.Instant;

/**
 * An app as the registry knows it.
 *
 * @param manifestVersion 1, 2, 3…; never reused, not even after the app was deleted
 * @param stateReason why it is suspended; otherwise empty
 * @param revision the number of its last change
 */
public record App(
    AppId id,
    Manifest manifest,
    int manifestVersion,
    AppState state,
    String stateReason,
    Instant createTime,
    Instant updateTime,
    long revision) {

  public boolean suspended() {
    return state == AppState.SUSPENDED;
  }

  App withState(AppState newState, String reason, Moment moment) {
    return new App(
        id,
        manifest,
        manifestVersion,
        newState,
        reason,
        createTime,
        moment.now(),
        moment.nextRevision());
  }
}
