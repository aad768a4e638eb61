package dev.consentry.server.consent;

import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import dev.consentry.server.decision.Standing;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Who has to know of changes before anybody is told that they happened. */
public interface GrantChanges {
  /** For stores that nobody decides from yet. */
  GrantChanges NOBODY = (reached, changes) -> CompletableFuture.completedFuture(null);

  /**
   * Takes over changes that are committed and durable. Once the future completes, no decision rests
   * on anything older than {@code reached}. Does not block.
   *
   * @param reached where the store was when this was decided, its changes included
   * @param changes of this writer, in order of revision, the last one at {@code reached}; empty if
   *     nothing had to change
   */
  CompletableFuture<Void> follow(Revision reached, List<Change> changes);

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
                new Standing(grant.app().suspended(), grant.after().terms()),
                ChronoUnit.MICROS.between(Instant.EPOCH, event.time()));
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
   * @param timeMicros when that was decided, in microseconds since 1970, by the clock of whoever
   *     wrote it; to be measured by, never to decide by
   */
  record GrantChange(long revision, GrantKey key, Standing standing, long timeMicros)
      implements Change {
    /** Whether it takes a grant back. */
    public boolean revokes() {
      var terms = standing.terms();
      return terms != null && terms.state() == GrantState.REVOKED;
    }
  }

  /**
   * An app was stopped, or is no longer.
   *
   * @param suspended whether the app is, as of the revision
   */
  record AppChange(long revision, AppId app, boolean suspended) implements Change {}

  /**
   * What this version does not know the meaning of. From its revision on nothing can be decided.
   *
   * @param what it is, for the operator
   */
  record UnknownChange(long revision, String what) implements Change {}
}
