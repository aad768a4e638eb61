package dev.consentry.server.consent;

import dev.consentry.server.decision.GrantState;
import java.time.Instant;

/**
 * A grant as an administrator sees it: with what its app is called and is at that time.
 *
 * @param state of the grant at the time of the view
 * @param reconsentRequired whether the app's current manifest requires a scope that is not granted
 */
public record GrantView(
    Grant grant,
    GrantState state,
    String appDisplayName,
    AppState appState,
    boolean reconsentRequired) {

  /** The view at {@code now} of a grant whose app is then {@code app}. */
  public static GrantView of(Grant grant, App app, Instant now) {
    return new GrantView(
        grant,
        grant.stateAt(now),
        app.manifest().displayName(),
        app.state(),
        !grant.scopes().containsAll(app.manifest().required().asList()));
  }
}
