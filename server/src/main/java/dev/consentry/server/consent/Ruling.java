package dev.consentry.server.consent;

import java.util.List;

/** What the rules make of a command. */
public sealed interface Ruling<R> {
  /**
   * It is done, or there was nothing to do.
   *
   * @param events in order, their revisions following on from the {@link Moment}'s; none if nothing
   *     had to change
   * @param result for the caller, at the revision of the last event, or without events at the
   *     moment's
   */
  record Accepted<R>(List<Event> events, R result) implements Ruling<R> {}

  /**
   * It was done before: this is what was answered then.
   *
   * @param revision of that answer
   */
  record Replayed<R>(R result, long revision) implements Ruling<R> {}

  /** Nothing changes, and no revision is taken. */
  record Refused<R>(Refusal refusal) implements Ruling<R> {}

  static <R> Ruling<R> unchanged(R result) {
    return new Accepted<>(List.of(), result);
  }

  static <R> Ruling<R> changed(Event event, R result) {
    return new Accepted<>(List.of(event), result);
  }

  static <R> Ruling<R> refused(Refusal refusal) {
    return new Refused<>(refusal);
  }
}
