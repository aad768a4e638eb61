package dev.consentry.server.store;

import dev.consentry.server.consent.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What waits for the committer. Once it is ended nothing gets in, and everything gets out. */
final class CommandQueue {
  static final int COMMANDS_MAX = 1_000;
  static final Duration RETRY_AFTER = Duration.ofMillis(100);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<PendingCommand<?>> waiting = new ArrayDeque<>();
  private @Nullable Refusal ended;

  /** Queues a command, or says why not. */
  @Nullable Refusal offer(PendingCommand<?> command) {
    lock.lock();
    try {
      if (ended != null) {
        return ended;
      }
      if (waiting.size() >= COMMANDS_MAX) {
        return new Refusal.Overloaded(RETRY_AFTER);
      }
      waiting.add(command);
      changed.signal();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for commands, and takes up to {@code max} of them; none if the queue has ended. */
  List<PendingCommand<?>> take(int max) {
    lock.lock();
    try {
      while (waiting.isEmpty() && ended == null) {
        changed.awaitUninterruptibly();
      }
      return poll(max);
    } finally {
      lock.unlock();
    }
  }

  /** Lets nothing more in, for the first reason given; what is in stays. */
  void end(Refusal reason) {
    lock.lock();
    try {
      if (ended == null) {
        ended = reason;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  private List<PendingCommand<?>> poll(int max) {
    var taken = new ArrayList<PendingCommand<?>>();
    while (!waiting.isEmpty() && taken.size() < max) {
      taken.add(waiting.remove());
    }
    return taken;
  }
}
