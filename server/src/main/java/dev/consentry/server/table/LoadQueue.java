package dev.consentry.server.table;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** Loads that wait to be sent, in the order in which they came. */
final class LoadQueue {
  static final int LOADS_MAX = 10_000;

  /** Keys of loads that are taken together. A load of more is taken alone. */
  static final int KEYS_TAKEN_MAX = 100;

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<PendingLoad> waiting = new LinkedHashSet<>();

  /** Queues a load, if there is room. */
  boolean offer(PendingLoad load) {
    lock.lock();
    try {
      return waiting.size() < LOADS_MAX && waiting.add(load);
    } finally {
      lock.unlock();
    }
  }

  /** Takes a load out, if it is still in. */
  boolean remove(PendingLoad load) {
    lock.lock();
    try {
      return waiting.remove(load);
    } finally {
      lock.unlock();
    }
  }

  /** Takes a load out, and as many of the others as go with it; none if it is no longer in. */
  List<PendingLoad> takeWith(PendingLoad load) {
    lock.lock();
    try {
      if (!waiting.remove(load)) {
        return List.of();
      }
      var taken = new ArrayList<PendingLoad>();
      taken.add(load);
      int keys = load.keys().size();
      Iterator<PendingLoad> others = waiting.iterator();
      while (others.hasNext()) {
        PendingLoad next = others.next();
        keys += next.keys().size();
        if (keys > KEYS_TAKEN_MAX) {
          break;
        }
        others.remove();
        taken.add(next);
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }
}
