package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.util.List;

/** Who has to know of changes before anybody is told that they happened. */
public interface GrantChanges {
  /** For stores that nobody decides from yet. */
  GrantChanges NOBODY = changes -> {};

  /**
   * Takes over changes that are committed and durable. When it returns, no decision rests on
   * anything older.
   *
   * @param changes dense, in order of revision, following on from the last ones; not empty
   */
  void follow(List<Change> changes);

  /** One revision, as far as decisions are concerned. */
  sealed interface Change {
    long revision();

    /** What a change recorded in the history means for decisions. */
    static Change of(Event event) {
      return switch (event.subject()) {
        case Event.OfGrant grant ->
            new GrantChange(
                event.revision(),
                grant.after().key(),
                new Standing(grant.app().suspended(), grant.after().terms()));
        case Event.OfApp app ->
            new AppChange(event.revision(), app.after().id(), app.after().suspended());
      };
    }
  }

  /**
   * A grant has a new value.
   *
   * @param standing whole, as of the revision
   */
  record GrantChange(long revision, GrantKey key, Standing standing) implements Change {}

  /**
   * An app has a new value.
   *
   * @param suspended whether the app is, as of the revision
   */
  record AppChange(long revision, AppId app, boolean suspended) implements Change {}
}
