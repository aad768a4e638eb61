package dev.consentry.cli.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Reads the tally every second while a load runs. One thread. */
final class Watch {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Settings settings;
  private final Tally tally;
  private final Progress progress;
  private final long startNanos;
  private final long fromNanos;
  private final Histogram total;
  private final List<Second> timeline = new ArrayList<>();
  private Duration cpuBefore = Duration.ZERO;
  private long rowNanos;
  private long asked;
  private long answers;
  private long errors;

  Watch(Settings settings, Tally tally, Progress progress, long startNanos) {
    this.settings = settings;
    this.tally = tally;
    this.progress = progress;
    this.startNanos = startNanos;
    this.fromNanos = startNanos + settings.warmUp().toNanos();
    this.rowNanos = fromNanos;
    this.total = new Histogram(tally.latencies());
    this.total.reset();
  }

  /** Returns when the time is over, or as soon as the latch is open: then true. */
  boolean untilEnd(CountDownLatch ended) throws InterruptedException {
    for (long tick = startNanos + SECOND_NANOS; tick - fromNanos < 0; tick += SECOND_NANOS) {
      if (opens(ended, tick)) {
        return true;
      }
      progress.warmingUp(Duration.ofNanos(tick - startNanos), settings.warmUp());
    }
    if (opens(ended, fromNanos)) {
      return true;
    }
    cpuBefore = cpu();
    long endNanos = fromNanos + settings.duration().toNanos();
    for (long tick = fromNanos + SECOND_NANOS; tick - endNanos < 0; tick += SECOND_NANOS) {
      if (opens(ended, tick)) {
        return true;
      }
      row(tick);
    }
    return opens(ended, endNanos);
  }

  /** Waits for what is in flight, as long as a call may take; what then is open has failed. */
  void untilDrained(Loop loop) throws InterruptedException {
    long giveUp = System.nanoTime() + settings.timeout().toNanos() + SECOND_NANOS;
    while (!loop.drained(SECOND_NANOS)) {
      long now = System.nanoTime();
      if (now - giveUp >= 0) {
        tally.failed(loop.inFlight() * settings.batchSize(), Failure.TIMED_OUT, now);
        return;
      }
      if (now - rowNanos >= SECOND_NANOS) {
        row(now);
      }
    }
  }

  Report report(String server, Instant started, boolean endedEarly, Loop loop) {
    double cpuSeconds = seconds(cpu().minus(cpuBefore).toNanos());
    long endNanos = fromNanos + settings.duration().toNanos();
    long now = System.nanoTime();
    long last = now - endNanos < 0 ? now : latest(endNanos, tally.lastAnswerNanos());
    if (last - rowNanos > 0) {
      row(last);
    } else {
      total.add(tally.latencies());
    }
    double measured = Math.max(0, seconds(last - fromNanos));
    return new Report(
        server,
        settings,
        started,
        measured,
        endedEarly,
        tally.asked(),
        loop.unsent(),
        tally.outcomes(),
        tally.failures(),
        loop.heldUp(),
        measured == 0 ? 0 : cpuSeconds / measured,
        total,
        tally.latenesses(),
        List.copyOf(timeline));
  }

  private void row(long untilNanos) {
    Histogram latencies = tally.latencies();
    total.add(latencies);
    long askedNow = tally.asked();
    long answersNow = tally.answers();
    long errorsNow = tally.errors();
    Second second =
        new Second(
            seconds(rowNanos - fromNanos),
            seconds(untilNanos - rowNanos),
            askedNow - asked,
            answersNow - answers,
            errorsNow - errors,
            Report.at(latencies, 50),
            Report.at(latencies, 99),
            Report.at(latencies, 100));
    timeline.add(second);
    rowNanos = untilNanos;
    asked = askedNow;
    answers = answersNow;
    errors = errorsNow;
    progress.measured(
        Duration.ofNanos(untilNanos - fromNanos), settings.duration(), second, errorsNow);
  }

  private static boolean opens(CountDownLatch ended, long nanos) throws InterruptedException {
    return ended.await(nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private static long latest(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  private static double seconds(long nanos) {
    return nanos / (double) SECOND_NANOS;
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }
}
