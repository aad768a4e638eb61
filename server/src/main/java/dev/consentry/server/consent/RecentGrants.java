package dev.consentry.server.consent;

import dev.consentry.server.decision.GrantKey;
import java.util.List;

/** What is likely to be asked about first. Blocks: call it on a virtual thread. */
public interface RecentGrants {
  /**
   * The grants that changed last, the latest first: those that the last {@code changes} changes
   * were about, granted or not.
   *
   * @throws RefusedException {@link Refusal.StoreUnavailable} if the store does not answer
   */
  List<GrantKey> recent(int changes);
}
