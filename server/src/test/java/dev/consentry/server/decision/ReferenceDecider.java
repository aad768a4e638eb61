package dev.consentry.server.decision;

import dev.consentry.server.decision.Decision.Allow;
import dev.consentry.server.decision.Decision.Deny;
import java.util.List;
import java.util.Set;

/** What a decision means, written to be obvious. {@link Decision#decide} is written to be fast. */
final class ReferenceDecider {
  private ReferenceDecider() {}

  static Decision decide(World w) {
    boolean stopped = w.appSuspended();
    boolean never = w.state() == null;
    boolean revoked = w.state() == GrantState.REVOKED;
    boolean expired = w.state() == GrantState.EXPIRED || w.expireMicros() <= w.nowMicros();
    Set<String> usable = stopped || never || revoked || expired ? Set.of() : w.granted();
    List<String> missing = w.asked().stream().filter(s -> !usable.contains(s)).distinct().toList();
    return missing.isEmpty()
        ? new Allow(w.expireMicros())
        : new Deny(
            stopped
                ? DenyReason.APP_SUSPENDED
                : never
                    ? DenyReason.NO_GRANT
                    : revoked
                        ? DenyReason.GRANT_REVOKED
                        : expired ? DenyReason.GRANT_EXPIRED : DenyReason.SCOPE_NOT_GRANTED,
            missing.stream().map(Scope::new).toList());
  }
}
