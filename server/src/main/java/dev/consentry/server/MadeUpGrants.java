package dev.consentry.server;

import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.ScopeSet;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;
import dev.consentry.server.rpc.SyntheticChecks;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HashMap;

/** A world that never changes, in which each of {@link SyntheticChecks} has its answer. */
final class MadeUpGrants implements GrantSource {
  private static final ScopeSet SCOPES =
      ScopeSet.of(SyntheticChecks.GRANTED_SCOPES.stream().map(Scope::new).toList());

  private final Revision revision = new Revision(Epoch.random(new SecureRandom()), 1);

  @Override
  public Revision position() {
    return revision;
  }

  @Override
  public Snapshot load(Collection<GrantKey> keys) {
    var standings = new HashMap<GrantKey, Standing>();
    keys.forEach(key -> standings.put(key, standing(key)));
    return new Snapshot(revision, standings);
  }

  private static Standing standing(GrantKey key) {
    return switch (key.account().value().split("-", 2)[0]) {
      case SyntheticChecks.GRANTED -> granted(GrantState.ACTIVE, Terms.NEVER);
      case SyntheticChecks.ENDING -> granted(GrantState.ACTIVE, Terms.NEVER - 1);
      case SyntheticChecks.ENDED -> granted(GrantState.ACTIVE, 0);
      case SyntheticChecks.REVOKED -> granted(GrantState.REVOKED, Terms.NEVER);
      case SyntheticChecks.SUSPENDED ->
          granted(GrantState.ACTIVE, Terms.NEVER).withAppSuspended(true);
      default -> Standing.NONE;
    };
  }

  private static Standing granted(GrantState state, long expireMicros) {
    return new Standing(false, new Terms(state, SCOPES, expireMicros));
  }
}
