package dev.consentry.server.table;

import dev.consentry.server.decision.GrantKey;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A load on its way: waiting, then sent, then answered. The thread that sends it moves it. */
final class PendingLoad {
  private final Collection<GrantKey> keys;
  private final Consumer<Load> keep;
  private final CompletableFuture<Load> outcome = new CompletableFuture<>();

  private @Nullable Load brought;
  private @Nullable Throwable failure;

  PendingLoad(Collection<GrantKey> keys, Consumer<Load> keep) {
    this.keys = keys;
    this.keep = keep;
  }

  Collection<GrantKey> keys() {
    return keys;
  }

  CompletableFuture<Load> outcome() {
    return outcome;
  }

  /** Keeps what was loaded. If that fails, it alone fails. */
  void keep(Load load) {
    try {
      keep.accept(load);
      brought = load;
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  void fail(Throwable why) {
    failure = why;
  }

  /** Answers, unless it has taken too long. */
  void conclude() {
    if (failure != null) {
      outcome.completeExceptionally(failure);
    } else if (brought != null) {
      outcome.complete(brought);
    } else {
      throw new IllegalStateException("concluded before it was loaded");
    }
  }
}
