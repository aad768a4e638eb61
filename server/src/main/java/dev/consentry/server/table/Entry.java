package dev.consentry.server.table;

import dev.consentry.server.decision.Scope;
import dev.consentry.server.decision.Standing;
import dev.consentry.server.decision.Standing.Terms;

/**
 * What is known of one key: all from one snapshot, so that nothing has to be looked up beside it.
 *
 * @param revision of that snapshot, or of the change that made it
 * @param standingBytes of heap that the standing takes, about; 0 if it is one that is shared
 */
record Entry(Standing standing, long revision, int standingBytes) {
  /*
   * With compact object headers, as the launcher sets them: Caffeine's node (40), its map's (24) and the slot in its
   * table (8), the sketch of how often keys are used (16), the key (24), this entry (24), the header of the account's
   * bytes and what rounding up to eight costs (20).
   */
  private static final int BASE_BYTES = 156;

  /** Of a standing and the terms in it. */
  private static final int TERMS_BYTES = 64;

  /** Of one scope besides its text, which is there as a string and as bytes. */
  private static final int SCOPE_BYTES = 88;

  /** An entry that shares its standing with none. */
  Entry(Standing standing, long revision) {
    this(standing, revision, bytesOf(standing));
  }

  boolean isAbsence() {
    return standing.terms() == null;
  }

  /** Heap bytes, about, together with its key. */
  int weight(TableKey key) {
    return BASE_BYTES + key.idBytes() + standingBytes;
  }

  private static int bytesOf(Standing standing) {
    var terms = standing.terms();
    if (terms == null) {
      return 0;
    }
    int bytes = TERMS_BYTES;
    for (Scope scope : terms.scopes().asList()) {
      bytes += SCOPE_BYTES + 2 * scope.value().length();
    }
    return bytes;
  }

  /** Makes entries, which share small standings that are likely to repeat. */
  static final class Maker {
    /** All that is shared takes 4 MiB at most. */
    static final int SHARED_BYTES_MAX = 1 << 10;

    private final Shared<Standing> standings = new Shared<>();

    Entry of(Standing standing, long revision) {
      int bytes = bytesOf(standing);
      // Hardly two grants end at the same microsecond.
      if (bytes > SHARED_BYTES_MAX || standing.expireMicros() != Terms.NEVER) {
        return new Entry(standing, revision, bytes);
      }
      Standing one = standings.one(standing);
      return one == null ? new Entry(standing, revision, bytes) : new Entry(one, revision, 0);
    }
  }
}
