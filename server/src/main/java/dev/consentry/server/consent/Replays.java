package dev.consentry.server.consent;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What becomes of a write that is sent again. Only successes are remembered. */
final class Replays {
  private Replays() {}

  /**
   * The first answer, or the refusal if the same id now asks for something else; null if it is new.
   */
  static <R> @Nullable Ruling<R> find(
      Rows rows, Command<R> command, Function<@Nullable GrantView, R> answer) {
    RequestKey request = command.request();
    Remembered first = request == null ? null : rows.remembered(request);
    if (request == null || first == null) {
      return null;
    }
    return first.contentHash().equals(command.contentHash())
        ? new Ruling.Replayed<>(answer.apply(first.grant()), first.revision())
        : Ruling.refused(new Refusal.RequestIdReused(request.requestId()));
  }
}
