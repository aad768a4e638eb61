package dev.consentry.cli.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends each call when it is due, whatever became of those before it. Its latency counts from when
 * it was due: a call that was held up, by the bound on calls in flight or by a generator that runs
 * late, has waited all the same.
 */
class OpenLoop extends Loop {
  /** How long after its end what was due before is still sent. */
  private static final long OVERTIME_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Schedule schedule;
  private final long endNanos;
  private final int questionsPerCall;
  private final Thread sender;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong heldUp = new AtomicLong();
  private volatile List<? extends Lane> lanes = List.of();
  private volatile long stopNanos;

  /**
   * @param endNanos calls due from then on are not sent
   */
  OpenLoop(int inFlightMax, Schedule schedule, long endNanos, int questionsPerCall, Tally tally) {
    super(inFlightMax, questionsPerCall, tally);
    this.schedule = schedule;
    this.endNanos = endNanos;
    this.stopNanos = endNanos;
    this.questionsPerCall = questionsPerCall;
    this.sender = new Thread(this::sendAll, "bench-sender");
    this.sender.setDaemon(true);
  }

  /** Since when the latency of a call counts. */
  long countedFrom(long dueNanos, long sentNanos) {
    return dueNanos;
  }

  @Override
  void start(List<? extends Lane> lanes) {
    this.lanes = lanes;
    sender.start();
  }

  @Override
  void stop() {
    if (!stopped()) {
      super.stop();
      long now = System.nanoTime();
      stopNanos = now - endNanos < 0 ? now : endNanos;
    }
  }

  @Override
  void finish() throws InterruptedException {
    sender.join(TimeUnit.NANOSECONDS.toMillis(OVERTIME_NANOS));
    stop();
  }

  @Override
  public void ended(Lane lane, boolean failed) {
    room.release();
  }

  @Override
  long unsent() {
    return Math.max(0, schedule.dueBefore(stopNanos) - sent.get()) * questionsPerCall;
  }

  @Override
  long heldUp() {
    return heldUp.get();
  }

  private void sendAll() {
    for (long call = 0; ; call++) {
      long due = schedule.dueNanos(call);
      if (due - endNanos >= 0 || !waitUntil(due)) {
        return;
      }
      if (!room.tryAcquire()) {
        heldUp.incrementAndGet();
        if (!waitForRoom()) {
          return;
        }
      }
      long now = System.nanoTime();
      sent.incrementAndGet();
      send(lanes.get((int) (call % lanes.size())), countedFrom(due, now), now);
    }
  }

  private boolean waitUntil(long due) {
    for (long now = System.nanoTime(); now - due < 0; now = System.nanoTime()) {
      if (stopped()) {
        return false;
      }
      LockSupport.parkNanos(this, due - now);
    }
    return !stopped() && System.nanoTime() - endNanos < OVERTIME_NANOS;
  }

  private boolean waitForRoom() {
    try {
      while (!stopped()) {
        if (room.tryAcquire(OVERTIME_NANOS, TimeUnit.NANOSECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }
}
