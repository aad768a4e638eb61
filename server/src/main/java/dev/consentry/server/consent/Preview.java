package dev.consentry.server.consent;

import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What agreeing would do: the consent screen.
 *
 * @param current the grant as it is, in whatever state; null if there never was one
 * @param scopes that would be granted
 * @param added against an active grant; all of {@code scopes} if none is active
 * @param removed against an active grant
 */
public record Preview(
    App app, @Nullable GrantView current, ScopeSet scopes, ScopeSet added, ScopeSet removed) {

  /**
   * Previews a choice.
   *
   * @throws RefusedException {@link Refusal.AppNotFound} if the app is deleted, {@link
   *     Refusal.InvalidRequest} if the choice names scopes that the app does not declare
   */
  public static Preview of(App app, @Nullable Grant current, List<Scope> chosen, Instant now) {
    if (app.state() == AppState.DELETED) {
      throw new RefusedException(new Refusal.AppNotFound(app.id()));
    }
    List<Violation> undeclared = Authorize.undeclared(app.manifest(), chosen);
    if (!undeclared.isEmpty()) {
      throw new RefusedException(new Refusal.InvalidRequest(undeclared));
    }
    ScopeSet would = Authorize.scopesOf(app.manifest(), chosen);
    ScopeSet held =
        current != null && current.stateAt(now) == GrantState.ACTIVE
            ? current.scopes()
            : ScopeSet.of(List.of());
    return new Preview(
        app,
        current == null ? null : GrantView.of(current, app, now),
        would,
        minus(would, held),
        minus(held, would));
  }

  private static ScopeSet minus(ScopeSet from, ScopeSet without) {
    return ScopeSet.of(from.asList().stream().filter(s -> !without.contains(s)).toList());
  }
}
