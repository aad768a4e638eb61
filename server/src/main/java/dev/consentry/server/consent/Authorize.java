package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An administrator agrees to what was shown: the app's required scopes, and these of its optional
 * ones.
 *
 * @param manifestVersion the version that was shown
 * @param expireTime cut to microseconds; null if the grant shall not end
 * @param replace swap an active grant instead of being refused
 * @param expectedRevision of the grant as the administrator saw it; null if that does not matter
 */
public record Authorize(
    Actor actor,
    GrantKey key,
    List<Scope> optionalScopes,
    int manifestVersion,
    @Nullable Instant expireTime,
    boolean replace,
    @Nullable Revision expectedRevision,
    @Nullable UUID requestId,
    String reason)
    implements Command<GrantView> {

  public Authorize {
    optionalScopes = List.copyOf(optionalScopes);
    expireTime = expireTime == null ? null : expireTime.truncatedTo(ChronoUnit.MICROS);
  }

  /*
   * The order of refusals is part of the contract: a replay first, then the app, what was shown of it, what was
   * chosen, and the grant that stands.
   */
  @Override
  public Ruling<GrantView> decide(Rows rows, Moment moment) {
    Ruling<GrantView> replay = Replays.find(rows, this, Objects::requireNonNull);
    if (replay != null) {
      return replay;
    }
    App app = rows.app(key.app());
    if (app == null || app.state() == AppState.DELETED) {
      return Ruling.refused(new Refusal.AppNotFound(key.app()));
    }
    if (app.suspended()) {
      return Ruling.refused(new Refusal.AppSuspended(key.app()));
    }
    if (app.manifestVersion() != manifestVersion) {
      return Ruling.refused(new Refusal.ManifestChanged(key.app(), app.manifestVersion()));
    }
    List<Violation> violations = violations(app.manifest(), moment.now());
    if (!violations.isEmpty()) {
      return Ruling.refused(new Refusal.InvalidRequest(violations));
    }
    Grant current = rows.grant(key);
    Revision seen = current == null ? null : moment.revisionOf(current);
    if (expectedRevision != null && !expectedRevision.equals(seen)) {
      return Ruling.refused(new Refusal.GrantChanged(key, seen));
    }
    boolean active = current != null && current.stateAt(moment.now()) == GrantState.ACTIVE;
    if (active && seen != null && !replace) {
      return Ruling.refused(new Refusal.GrantExists(key, seen));
    }
    return grant(app, current, active ? EventType.REPLACED : EventType.GRANTED, moment);
  }

  private Ruling<GrantView> grant(App app, @Nullable Grant current, EventType type, Moment moment) {
    var granted =
        new Grant(
            key,
            scopesOf(app.manifest(), optionalScopes),
            manifestVersion,
            GrantState.ACTIVE,
            moment.now(),
            actor,
            reason,
            expireTime,
            null,
            moment.nextRevision());
    var event =
        new Event(
            granted.revision(),
            moment.now(),
            type,
            actor,
            reason,
            requestId,
            new Event.OfGrant(current, granted, app));
    return Ruling.changed(event, GrantView.of(granted, app, moment.now()));
  }

  private List<Violation> violations(Manifest manifest, Instant now) {
    var violations = new ArrayList<Violation>(undeclared(manifest, optionalScopes));
    if (expireTime != null && !now.isBefore(expireTime)) {
      violations.add(
          new Violation("expire_time", "must be in the future; the server's time is " + now));
    }
    if (scopesOf(manifest, optionalScopes).isEmpty()) {
      violations.add(
          new Violation("optional_scopes", "must name a scope: the app requires none by itself"));
    }
    return violations;
  }

  /** The scopes that agreeing to this manifest with these choices grants. */
  static ScopeSet scopesOf(Manifest manifest, List<Scope> chosen) {
    return ScopeSet.of(
        Stream.concat(manifest.required().asList().stream(), chosen.stream()).toList());
  }

  /** What is wrong with a choice: scopes that the manifest does not declare. */
  static List<Violation> undeclared(Manifest manifest, List<Scope> chosen) {
    ScopeSet required = manifest.required();
    ScopeSet optional = manifest.optional();
    var violations = new ArrayList<Violation>();
    for (int i = 0; i < chosen.size(); i++) {
      Scope scope = chosen.get(i);
      if (!optional.contains(scope) && !required.contains(scope)) {
        violations.add(
            new Violation(
                "optional_scopes[%d]".formatted(i),
                "`%s` is not declared by the app's current manifest".formatted(scope)));
      }
    }
    return violations;
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
    return requestId == null ? null : new RequestKey(actor, "Grant", requestId);
  }

  @Override
  public ContentHash contentHash() {
    return ContentHash.of(
        key.account(),
        key.app(),
        ScopeSet.of(optionalScopes),
        manifestVersion,
        expireTime,
        replace,
        expectedRevision == null ? null : expectedRevision.token(),
        reason);
  }

  @Override
  public GrantView grantOf(GrantView result) {
    return result;
  }
}
