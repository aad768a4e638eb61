package dev.consentry.server.consent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.consentry.server.consent.Ruling.Accepted;
import dev.consentry.server.consent.Ruling.Refused;
import dev.consentry.server.consent.Ruling.Replayed;
import dev.consentry.server.decision.AppId;
import dev.consentry.server.decision.GrantKey;
import dev.consentry.server.decision.GrantState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, for tests of the rules: decides one command after the other, and writes down
 * what was accepted. Every event is checked against the rows as it is written. Not for use by
 * several threads.
 */
final class MemoryRows implements Rows {
  static final Epoch EPOCH = new Epoch("epoch-0000000000");

  private final Map<AppId, App> apps = new TreeMap<>();
  private final Map<GrantKey, Grant> grants = new TreeMap<>();
  private final Map<RequestKey, Remembered> remembered = new HashMap<>();
  private final List<Event> events = new ArrayList<>();
  private Instant now = Instant.parse("2026-11-01T12:00:00Z");

  Instant now() {
    return now;
  }

  void advance(Duration time) {
    assertFalse(time.isNegative(), "time does not go back");
    now = now.plus(time);
  }

  Revision revision() {
    return new Revision(EPOCH, events.size());
  }

  Moment moment() {
    return new Moment(now, revision());
  }

  /** What happened, oldest first. */
  List<Event> events() {
    return Collections.unmodifiableList(events);
  }

  /** Every grant there ever was, in order. */
  List<Grant> grants() {
    return List.copyOf(grants.values());
  }

  /** Loses an app without a trace, as no rule does. */
  void forget(AppId id) {
    apps.remove(id);
  }

  /** Puts a lost app back as it was. */
  void restore(App app) {
    apps.put(app.id(), app);
  }

  /** Carries a command out, whatever the rules make of it. */
  <R> Ruling<R> execute(Command<R> command) {
    Ruling<R> ruling = command.decide(this, moment());
    if (ruling instanceof Accepted<R> accepted) {
      accepted.events().forEach(this::write);
      RequestKey request = command.request();
      ContentHash hash = command.contentHash();
      if (request != null && hash != null) {
        remembered.put(
            request, new Remembered(hash, revision().number(), command.grantOf(accepted.result())));
      }
    }
    return ruling;
  }

  /** Carries out what has to be accepted. */
  <R> R accepted(Command<R> command) {
    Ruling<R> ruling = execute(command);
    if (ruling instanceof Accepted<R> accepted) {
      return accepted.result();
    }
    throw new AssertionError("not accepted: " + ruling);
  }

  /** Carries out what has to be accepted without a change. */
  <R> R unchanged(Command<R> command) {
    Revision before = revision();
    R result = accepted(command);
    assertEquals(before, revision(), "something was written");
    return result;
  }

  /** Sends what has to be refused. */
  Refusal refused(Command<?> command) {
    Ruling<?> ruling = execute(command);
    return assertInstanceOf(Refused.class, ruling).refusal();
  }

  /** Sends again what was done before. */
  <R> Replayed<R> replayed(Command<R> command) {
    Ruling<R> ruling = execute(command);
    if (ruling instanceof Replayed<R> replayed) {
      return replayed;
    }
    throw new AssertionError("not replayed: " + ruling);
  }

  /** The newest event. */
  Event lastEvent() {
    return events.getLast();
  }

  @Override
  public @Nullable App app(AppId id) {
    return apps.get(id);
  }

  @Override
  public @Nullable Grant grant(GrantKey key) {
    return grants.get(key);
  }

  @Override
  public @Nullable Remembered remembered(RequestKey key) {
    return remembered.get(key);
  }

  @Override
  public long countActiveGrants(AppId app, Instant at) {
    return active(app, at).count();
  }

  @Override
  public List<Grant> activeGrants(AppId app, Instant at, int limit) {
    return active(app, at).limit(limit).toList();
  }

  @Override
  public List<Grant> expiredGrants(Instant instant, int limit) {
    return grants.values().stream()
        .filter(g -> g.state() == GrantState.ACTIVE)
        .filter(g -> g.expireTime() != null && !g.expireTime().isAfter(instant))
        .limit(limit)
        .toList();
  }

  private Stream<Grant> active(AppId app, Instant at) {
    return grants.values().stream()
        .filter(g -> g.key().app().equals(app) && g.stateAt(at) == GrantState.ACTIVE);
  }

  private void write(Event event) {
    assertEquals(events.size() + 1, event.revision(), "revisions are dense");
    assertEquals(now, event.time(), "an event happens when it is decided");
    assertTrue(events.isEmpty() || !event.time().isBefore(lastEvent().time()), "time went back");
    switch (event.subject()) {
      case Event.OfGrant(Grant before, Grant after, App app) -> {
        assertEquals(grants.get(after.key()), before, "before is the row as it was");
        assertEquals(apps.get(after.key().app()), app, "the app is as it is");
        assertEquals(event.revision(), after.revision());
        grants.put(after.key(), after);
      }
      case Event.OfApp(App before, App after) -> {
        assertEquals(apps.get(after.id()), before, "before is the row as it was");
        assertEquals(event.revision(), after.revision());
        apps.put(after.id(), after);
      }
    }
    events.add(event);
  }
}
