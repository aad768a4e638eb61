package dev.consentry.server.consent;

import org.jspecify.annotations.Nullable;

/** The events of the app registry. */
final class AppEvents {
  private AppEvents() {}

  static Event event(EventType type, Actor actor, String reason, @Nullable App before, App after) {
    return new Event(
        after.revision(),
        after.updateTime(),
        type,
        actor,
        reason,
        null,
        new Event.OfApp(before, after));
  }
}
