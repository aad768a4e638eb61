package dev.consentry.server.table;

import dev.consentry.server.consent.Revision;
import dev.consentry.server.decision.Standing;
import org.jspecify.annotations.Nullable;

/** What memory holds as of one revision. For a few look-ups at once, one after the other. */
public interface View {
  /** The revision at which all that is found is true. */
  Revision at();

  /** What holds for a key; null if the store has to be asked. */
  @Nullable Standing find(AskedKey key);

  /**
   * Whether it may be told: within {@code max_staleness}. To be asked last, when all has been
   * found.
   */
  boolean isFresh();
}
