package dev.consentry.server.table;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;

/**
 * What is known of one key: all from one snapshot, so that nothing has to be looked up beside it.
 *
 * @param revision of that snapshot, or of the change that made it
 */
record Entry(Standing standing, long revision) {
  /** Of an entry without a grant: node, key, ids' objects, entry, standing. */
  private static final int BASE_BYTES = 256;

  /** Of a grant's terms and their scope set. */
  private static final int TERMS_BYTES = 64;

  /** Of one scope besides its text. */
  private static final int SCOPE_BYTES = 48;

  boolean isAbsence() {
    return standing.terms() == null;
  }

  /** Heap bytes, about, together with its key. */
  int weight(TableKey key) {
    int bytes =
        BASE_BYTES + key.grant.account().value().length() + key.grant.app().value().length();
    var terms = standing.terms();
    if (terms != null) {
      bytes += TERMS_BYTES;
      for (Scope scope : terms.scopes().asList()) {
        bytes += SCOPE_BYTES + scope.value().length();
      }
    }
    return bytes;
  }
}
