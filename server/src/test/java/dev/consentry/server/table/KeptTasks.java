package dev.consentry.server.table;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Keeps tasks until the test lets them run. */
final class KeptTasks implements Executor {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  /** Runs them here, one after the other, and those that they bring. */
  void runAll() {
    passTo(Runnable::run);
  }

  /** Starts each on a thread of its own. */
  void startAll() {
    passTo(Thread::startVirtualThread);
  }

  private void passTo(Consumer<Runnable> runner) {
    Runnable task = tasks.poll();
    while (task != null) {
      runner.accept(task);
      task = tasks.poll();
    }
  }
}
