package dev.consentry.server.http.authzen;

import dev.consentry.server.consent.Revision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of what a search found.
 *
 * @param names in order
 * @param more whether more follow
 * @param at the revision at which it is the truth; null if nobody had to be asked
 */
record Found(List<String> names, boolean more, @Nullable Revision at) {
  static final Found NOTHING = new Found(List.of(), false, null);
}
