package dev.consentry.server.table;

import static java.util.Objects.requireNonNull;

import dev.consentry.server.consent.GrantSource;
import dev.consentry.server.decision.GrantKey;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Loads that are shared or stamped wrongly. Each must fail the test of that. */
final class LoadMutants {
  private LoadMutants() {}

  /** Sends nothing while a statement is under way, and takes what that brings. */
  static final class JoinsWhatWasSent extends Loads {
    private final AtomicReference<@Nullable CompletableFuture<Load>> underWay =
        new AtomicReference<>();

    JoinsWhatWasSent(GrantSource source, Freshness freshness, Executor virtualThreads) {
      super(source, freshness, virtualThreads);
    }

    @Override
    Load send(Collection<GrantKey> keys) {
      var fresh = new CompletableFuture<Load>();
      CompletableFuture<Load> sent = underWay.compareAndExchange(null, fresh);
      if (sent != null) {
        return sent.join();
      }
      Load load = super.send(keys);
      underWay.set(null);
      fresh.complete(load);
      return load;
    }
  }

  /** Takes the time when a load is queued. */
  static final class StampedWhenQueued extends Loads {
    private final Freshness freshness;
    private final AtomicReference<Stamp> queuedAt = new AtomicReference<>(Stamp.ALWAYS);

    StampedWhenQueued(GrantSource source, Freshness freshness, Executor virtualThreads) {
      super(source, freshness, virtualThreads);
      this.freshness = freshness;
    }

    @Override
    CompletableFuture<Load> start(Collection<GrantKey> keys, Consumer<Load> keep) {
      queuedAt.set(freshness.now());
      return super.start(keys, keep);
    }

    @Override
    Load send(Collection<GrantKey> keys) {
      return new Load(super.send(keys).snapshot(), requireNonNull(queuedAt.get()));
    }
  }

  /** Takes the time when the statement is back. */
  static final class StampedWhenLanded extends Loads {
    private final Freshness freshness;

    StampedWhenLanded(GrantSource source, Freshness freshness, Executor virtualThreads) {
      super(source, freshness, virtualThreads);
      this.freshness = freshness;
    }

    @Override
    Load send(Collection<GrantKey> keys) {
      return new Load(super.send(keys).snapshot(), freshness.now());
    }
  }
}
