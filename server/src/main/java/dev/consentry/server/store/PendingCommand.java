package dev.consentry.server.store;

import dev.consentry.server.consent.At;
import dev.consentry.server.consent.Command;
import dev.consentry.server.consent.ContentHash;
import dev.consentry.server.consent.Epoch;
import dev.consentry.server.consent.Event;
import dev.consentry.server.consent.Moment;
import dev.consentry.server.consent.Refusal;
import dev.consentry.server.consent.RefusedException;
import dev.consentry.server.consent.Remembered;
import dev.consentry.server.consent.RequestKey;
import dev.consentry.server.consent.Revision;
import dev.consentry.server.consent.Ruling;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A command on its way: queued, then decided, then answered. The committer's thread moves it. */
final class PendingCommand<R> {
  private final Command<R> command;
  private final BooleanSupplier abandoned;
  private final CompletableFuture<At<R>> outcome = new CompletableFuture<>();

  private @Nullable At<R> answer;
  private @Nullable Refusal refusal;
  private boolean writes;

  PendingCommand(Command<R> command, BooleanSupplier abandoned) {
    this.command = command;
    this.abandoned = abandoned;
  }

  Command<R> command() {
    return command;
  }

  /** Whether nobody waits for it any longer. */
  boolean isAbandoned() {
    return abandoned.getAsBoolean();
  }

  /** Lets the rules decide, and takes what they change over into {@code rows}. */
  void decide(TransactionRows rows, Moment moment) {
    answer = null;
    refusal = null;
    writes = false;
    switch (command.decide(rows, moment)) {
      case Ruling.Accepted<R> accepted -> answer = accept(accepted, rows, moment.revision());
      case Ruling.Replayed<R> replayed ->
          answer = new At<>(replayed.result(), new Revision(epochOf(moment), replayed.revision()));
      case Ruling.Refused<R> refused -> refusal = refused.refusal();
    }
  }

  private At<R> accept(Ruling.Accepted<R> accepted, TransactionRows rows, Revision before) {
    long last = before.number();
    for (Event event : accepted.events()) {
      last++;
      if (event.revision() != last) {
        throw new IllegalStateException("event %d follows on %d".formatted(event.revision(), last));
      }
      rows.apply(event);
    }
    var at = new Revision(before.epoch(), last);
    RequestKey request = command.request();
    ContentHash hash = command.contentHash();
    if (request != null && hash != null) {
      rows.remember(request, new Remembered(hash, last, command.grantOf(accepted.result())));
    }
    writes = !accepted.events().isEmpty() || request != null;
    return new At<>(accepted.result(), at);
  }

  /** Leaves it undecided: nobody waits for it any longer. */
  void drop() {
    answer = null;
    refusal = new Refusal.StoreUnavailable();
    writes = false;
  }

  private static Epoch epochOf(Moment moment) {
    return moment.revision().epoch();
  }

  /** Tells the caller what was decided: only once that is durable and known to decisions. */
  void conclude() {
    if (answer != null) {
      outcome.complete(answer);
    } else if (refusal != null) {
      refuse(refusal);
    } else {
      throw new IllegalStateException("concluded before it was decided");
    }
  }

  void refuse(Refusal why) {
    outcome.completeExceptionally(new RefusedException(why));
  }

  /** Tells the caller of a bug; nothing was written. */
  void fail(Throwable bug) {
    outcome.completeExceptionally(bug);
  }

  /**
   * Tells the caller that nobody knows, or that nothing was written, unless it was told something
   * before.
   */
  void giveUp(boolean perhapsCommitted) {
    refuse(
        perhapsCommitted && writes ? new Refusal.OutcomeUnknown() : new Refusal.StoreUnavailable());
  }

  /** Blocks until it is answered. */
  At<R> await() {
    try {
      return outcome.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw refused;
      }
      throw e;
    }
  }
}
