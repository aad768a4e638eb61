package dev.consentry.server.consent;

import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.util.Collection;
import java.util.Map;

/** Where the table loads from. What it returns is durable. Blocks: call it on a virtual thread. */
public interface GrantSource {
  /**
   * Reads keys in ONE statement: one snapshot.
   *
   * @throws RefusedException {@link Refusal.StoreUnavailable} if the store does not answer
   */
  Snapshot load(Collection<GrantKey> keys);

  /** The revision that the store is at. */
  Revision position();

  /**
   * What the store said, and at which revision.
   *
   * @param standings one for every key asked for
   */
  record Snapshot(Revision revision, Map<GrantKey, Standing> standings) {}
}
