package dev.consentry.cli.bench;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Decides when calls are sent, and knows how many are in flight. */
abstract class Loop implements Lane.Ended, AutoCloseable {
  private final int inFlightMax;
  private final int questionsPerCall;
  private final Tally tally;
  private final AtomicLong questions = new AtomicLong();
  private volatile boolean stopped;

  /** A permit for each call that may still be sent. */
  final Semaphore room;

  Loop(int inFlightMax, int questionsPerCall, Tally tally) {
    this.inFlightMax = inFlightMax;
    this.questionsPerCall = questionsPerCall;
    this.tally = tally;
    this.room = new Semaphore(inFlightMax);
  }

  /** Begins to send, and returns at once. */
  abstract void start(List<? extends Lane> lanes);

  /** Sends nothing more. */
  void stop() {
    stopped = true;
  }

  /** Stops at the end of the load, once what was due is sent. */
  void finish() throws InterruptedException {
    stop();
  }

  final boolean stopped() {
    return stopped;
  }

  /**
   * Waits until no call is in flight, after {@link #stop}.
   *
   * @return whether that is so; if not, it may be asked again
   */
  final boolean drained(long nanosMax) throws InterruptedException {
    return room.tryAcquire(inFlightMax, nanosMax, TimeUnit.NANOSECONDS);
  }

  /** Calls in flight. */
  final int inFlight() {
    return inFlightMax - room.availablePermits();
  }

  /** Questions that were due and not sent. */
  abstract long unsent();

  /** How often a call had to wait because as many as may be were in flight. */
  abstract long heldUp();

  @Override
  public void close() {
    stop();
  }

  /** Sends a call for which there is room. */
  final void send(Lane lane, long dueNanos, long nowNanos) {
    tally.sent(questionsPerCall, dueNanos, nowNanos);
    lane.send(dueNanos, questions.getAndAdd(questionsPerCall));
  }
}
