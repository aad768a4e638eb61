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
        case Event.OfApp app -> ofApp(event, app.after());
      };
    }

    private static Change ofApp(Event event, App after) {
      return switch (event.type()) {
        case APP_SUSPENDED, APP_RESUMED, APP_DELETED ->
            new AppChange(event.revision(), after.id(), after.suspended());
        case APP_CREATED, APP_CHANGED -> new NoDecisionChange(event.revision());
        case GRANTED, REPLACED, REVOKED, EXPIRED ->
            throw new IllegalArgumentException("not an event of an app: " + event.type());
      };
    }
  }

  /** Nothing that decides has changed: a manifest neither widens nor narrows a grant. */
  record NoDecisionChange(long revision) implements Change {}

  /**
   * A grant has a new value.
   *
   * @param standing whole, as of the revision
   */
  record GrantChange(long revision, GrantKey key, Standing standing) implements Change {}

  /**
   * An app was stopped, or is no longer.
   *
   * @param suspended whether the app is, as of the revision
   */
  record AppChange(long revision, AppId app, boolean suspended) implements Change {}
}
