package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An administrator takes a grant back. From its revision on nothing allows.
 *
 * @param allowMissing whether having nothing to revoke is fine
 */
public record Revoke(
    Actor actor, GrantKey key, boolean allowMissing, @Nullable UUID requestId, String reason)
    implements Command<Optional<GrantView>> {

  @Override
  public Ruling<Optional<GrantView>> decide(Rows rows, Moment moment) {
    Ruling<Optional<GrantView>> replay = Replays.find(rows, this, Optional::ofNullable);
    if (replay != null) {
      return replay;
    }
    Grant current = rows.grant(key);
    App app = rows.app(key.app());
    if (current == null || app == null) {
      return allowMissing
          ? Ruling.unchanged(Optional.empty())
          : Ruling.refused(new Refusal.GrantNotFound(key));
    }
    if (current.stateAt(moment.byTheSlowestClock()) != GrantState.ACTIVE) {
      return allowMissing
          ? Ruling.unchanged(Optional.of(GrantView.of(current, app, moment.now())))
          : Ruling.refused(new Refusal.GrantNotFound(key));
    }
    Event event = event(current, app, actor, requestId, reason, moment);
    Grant revoked = current.revoked(actor, reason, moment);
    return Ruling.changed(event, Optional.of(GrantView.of(revoked, app, moment.now())));
  }

  static Event event(
      Grant current, App app, Actor actor, @Nullable UUID requestId, String reason, Moment moment) {
    return new Event(
        moment.nextRevision(),
        moment.now(),
        EventType.REVOKED,
        actor,
        reason,
        requestId,
        new Event.OfGrant(current, current.revoked(actor, reason, moment), app));
  }

  @Override
  public AppId readsApp() {
    return key.app();
  }

  @Override
  public GrantKey readsGrant() {
    return key;
  }

  @Override
  public @Nullable RequestKey request() {
    return requestId == null ? null : new RequestKey(actor, "Revoke", requestId);
  }

  @Override
  public ContentHash contentHash() {
    return ContentHash.of(key.account(), key.app(), allowMissing, reason);
  }

  @Override
  public @Nullable GrantView grantOf(Optional<GrantView> result) {
    return result.orElse(null);
  }
}
