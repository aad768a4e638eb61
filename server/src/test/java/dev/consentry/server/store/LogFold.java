package dev.consentry.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.consentry.server.consent.App;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.Grant;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.Standing;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;

/**
 * What the log says that there is: its events applied one by one, each of which must follow on from
 * the one before, and say truly what was before it.
 */
final class LogFold {
  final TreeMap<GrantKey, Grant> grants = new TreeMap<>();
  final TreeMap<AppId, App> apps = new TreeMap<>();
  long revision;
  private Instant time = Instant.EPOCH;

  /** The fold of the events up to a revision. */
  static LogFold of(List<Event> events, long upTo) {
    var fold = new LogFold();
    events.stream().takeWhile(e -> e.revision() <= upTo).forEach(fold::apply);
    assertEquals(upTo, fold.revision, "the log ends early");
    return fold;
  }

  void apply(Event event) {
    assertEquals(revision + 1, event.revision(), "revisions are dense");
    assertFalse(event.time().isBefore(time), "event times never go back");
    revision = event.revision();
    time = event.time();
    switch (event.subject()) {
      case Event.OfGrant of -> {
        assertEquals(grants.put(of.after().key(), of.after()), of.before());
        assertEquals(apps.get(of.app().id()), of.app());
        assertEquals(revision, of.after().revision());
      }
      case Event.OfApp of -> {
        assertEquals(apps.put(of.after().id(), of.after()), of.before());
        assertEquals(revision, of.after().revision());
      }
    }
  }

  /** What decisions about this key rest on. */
  Standing standing(GrantKey key) {
    App app = apps.get(key.app());
    Grant grant = grants.get(key);
    return new Standing(app != null && app.suspended(), grant == null ? null : grant.terms());
  }
}
