package dev.consentry.cli.bench;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Keeps a number of calls in flight: one that has ended makes room for the next. */
final class ClosedLoop extends Loop {
  /** How long a call that failed holds its room, so that a server in trouble is not stormed. */
  static final long FAILURE_REST_MILLIS = 10;

  private final int concurrency;
  private final ScheduledExecutorService rests =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "bench-rests");
        thread.setDaemon(true);
        return thread;
      });

  ClosedLoop(int concurrency, int questionsPerCall, Tally tally) {
    super(concurrency, questionsPerCall, tally);
    this.concurrency = concurrency;
  }

  @Override
  void start(List<? extends Lane> lanes) {
    for (int i = 0; i < concurrency; i++) {
      room.acquireUninterruptibly();
      next(lanes.get(i % lanes.size()));
    }
  }

  @Override
  public void ended(Lane lane, boolean failed) {
    if (failed && !stopped()) {
      var unused = rests.schedule(() -> next(lane), FAILURE_REST_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      next(lane);
    }
  }

  private void next(Lane lane) {
    if (stopped()) {
      room.release();
    } else {
      long now = System.nanoTime();
      send(lane, now, now);
    }
  }

  @Override
  long unsent() {
    return 0;
  }

  @Override
  long heldUp() {
    return 0;
  }

  @Override
  public void close() {
    super.close();
    rests.shutdown();
  }
}
