package dev.consentry.server.rpc;

import dev.consentry.server.decision.CheckQuestion;
import dev.consentry.server.gateway.DoorAnswer;
import dev.consentry.server.log.LineSink;
import dev.consentry.server.metrics.Measure;
import dev.consentry.server.metrics.Metric;
import dev.consentry.server.security.Caller;
import dev.consentry.v1.ErrorReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what was decided: denials and errors always, of what was allowed a share. When lines
 * cannot be written, or not as fast as they come, they are lost, and counted.
 */
/*
 * Those who answer put the bytes that travelled into a queue, and do nothing else: they do not even wake the one thread
 * that looks into it, as that would be a call of the system for each answer. Allowed answers may fill half of the
 * queue, so that a burst of them pushes out no denial.
 */
public final class QueuedDecisionLog implements DecisionLog {
  static final long QUEUE_BYTES_MAX = 8 << 20;

  /** As long as there is more than this in the queue, it takes no answers that all allow. */
  static final long ALLOWED_BYTES_MAX = QUEUE_BYTES_MAX / 2;

  /** What an entry takes beside the bytes that travelled. */
  static final int ENTRY_BYTES = 200;

  /** Lines are written together up to about this many. */
  static final int WRITE_BYTES = 64 << 10;

  /** How long {@link #close} waits for what is in the queue to be written. */
  static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  static final Duration WARNING_PAUSE = Duration.ofMinutes(1);
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(20);
  private static final Duration TEND_INTERVAL = Duration.ofSeconds(1);

  private static final Logger logger = LoggerFactory.getLogger(QueuedDecisionLog.class);

  private final LineSink sink;
  private final double allowedShare;
  private final DoubleSupplier random;
  private final InstantSource clock;
  private final Thread writer;

  private final Queue<Entry> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private static final byte[] NO_BYTES = {};

  private volatile boolean closing;

  private final LongAdder written = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /* Of the writer. */
  private final StringBuilder lines = new StringBuilder();
  private final DecisionLines encoder;
  private int lineCount;
  private long nextTendNanos = System.nanoTime();
  private long nextWarningNanos = nextTendNanos;

  /** What was heard. */
  static final class Entry {
    final Call call;
    final String caller;
    final long millis;
    final byte[] request;

    /** Null if there was an error. */
    final byte @Nullable [] reply;

    /** Unspecified if there was none. */
    final ErrorReason error;

    final int answers;

    /** Null if it was asked by a call of ours. */
    final @Nullable AtDoor door;

    Entry(
        Call call,
        String caller,
        long millis,
        byte[] request,
        byte @Nullable [] reply,
        ErrorReason error,
        int answers,
        @Nullable AtDoor door) {
      this.call = call;
      this.caller = caller;
      this.millis = millis;
      this.request = request;
      this.reply = reply;
      this.error = error;
      this.answers = answers;
      this.door = door;
    }

    int bytes() {
      return ENTRY_BYTES
          + request.length
          + (reply == null ? 0 : reply.length)
          + (door == null ? 0 : door.bytes());
    }
  }

  /**
   * What was asked and answered at a door.
   *
   * @param asked null if it did not come to a question
   */
  record AtDoor(String name, @Nullable CheckQuestion asked, DoorAnswer answer) {
    /** About. */
    int bytes() {
      return ENTRY_BYTES * (1 + (asked == null ? 0 : asked.scopes().size()));
    }
  }

  private QueuedDecisionLog(
      LineSink sink, double allowedShare, DoubleSupplier random, InstantSource clock) {
    if (!(allowedShare >= 0 && allowedShare <= 1)) {
      throw new IllegalArgumentException("a share is from 0 to 1, not " + allowedShare);
    }
    this.sink = sink;
    this.allowedShare = allowedShare;
    this.random = random;
    this.clock = clock;
    this.encoder = new DecisionLines(this::isDrawn);
    this.writer = Thread.ofPlatform().name("decision-log").daemon().unstarted(this::writeOn);
  }

  /**
   * Begins to write.
   *
   * @param sink closed at the end
   * @param allowedShare of the answers that allow, from 0 to 1
   */
  public static QueuedDecisionLog start(LineSink sink, double allowedShare) {
    return start(
        sink, allowedShare, () -> ThreadLocalRandom.current().nextDouble(), InstantSource.system());
  }

  /**
   * As above.
   *
   * @param random from 0 to less than 1; asked from all threads
   */
  static QueuedDecisionLog start(
      LineSink sink, double allowedShare, DoubleSupplier random, InstantSource clock) {
    var log = new QueuedDecisionLog(sink, allowedShare, random, clock);
    log.writer.start();
    return log;
  }

  private boolean isDrawn() {
    return allowedShare > 0 && (allowedShare == 1 || random.getAsDouble() < allowedShare);
  }

  @Override
  public void answered(
      Call call, Caller caller, byte[] request, byte[] reply, int answers, boolean allowed) {
    // Of a batch the writer draws, item by item.
    if (!allowed || (call == Call.BATCH_CHECK ? allowedShare > 0 : isDrawn())) {
      put(
          entry(call, caller, request, reply, ErrorReason.ERROR_REASON_UNSPECIFIED, answers),
          allowed);
    }
  }

  @Override
  public void refused(Call call, Caller caller, byte[] request, Throwable why) {
    put(entry(call, caller, request, null, Faults.reason(why), 1), false);
  }

  @Override
  public void answered(
      Caller caller, String door, @Nullable CheckQuestion asked, DoorAnswer answer) {
    boolean allowed = !(answer instanceof DoorAnswer.Refused);
    if (!allowed || isDrawn()) {
      put(
          new Entry(
              Call.DOOR,
              caller.actor().principal(),
              clock.millis(),
              NO_BYTES,
              null,
              ErrorReason.ERROR_REASON_UNSPECIFIED,
              1,
              new AtDoor(door, asked, answer)),
          allowed);
    }
  }

  private Entry entry(
      Call call,
      Caller caller,
      byte[] request,
      byte @Nullable [] reply,
      ErrorReason error,
      int answers) {
    return new Entry(
        call, caller.actor().principal(), clock.millis(), request, reply, error, answers, null);
  }

  private void put(Entry entry, boolean allowed) {
    long max = allowed ? ALLOWED_BYTES_MAX : QUEUE_BYTES_MAX;
    if (queuedBytes.addAndGet(entry.bytes()) > max || closing) {
      queuedBytes.addAndGet(-entry.bytes());
      dropped.add(entry.answers);
    } else {
      queue.add(entry);
    }
  }

  private void writeOn() {
    boolean last;
    do {
      last = closing;
      tend();
      writeQueued();
      if (!last) {
        LockSupport.parkNanos(this, LOOK_INTERVAL.toNanos());
      }
    } while (!last);
    try {
      sink.close();
    } catch (IOException e) {
      warn(e);
    }
  }

  private void tend() {
    long now = System.nanoTime();
    if (now - nextTendNanos < 0) {
      return;
    }
    nextTendNanos = now + TEND_INTERVAL.toNanos();
    try {
      sink.tend();
    } catch (IOException | RuntimeException e) {
      warn(e);
    }
  }

  private void writeQueued() {
    for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
      queuedBytes.addAndGet(-entry.bytes());
      int start = lines.length();
      try {
        lineCount += encoder.append(lines, entry);
        // Whatever is wrong with one of them, the others are written.
      } catch (Throwable e) {
        lines.setLength(start);
        failed.add(entry.answers);
        warn(e);
      }
      if (lines.length() >= WRITE_BYTES) {
        flush();
        tend();
      }
    }
    flush();
  }

  private void flush() {
    if (lineCount == 0) {
      return;
    }
    try {
      sink.write(lines.toString().getBytes(StandardCharsets.US_ASCII));
      written.add(lineCount);
    } catch (IOException e) {
      failed.add(lineCount);
      warn(e);
    }
    lines.setLength(0);
    lineCount = 0;
  }

  private void warn(Throwable why) {
    long now = System.nanoTime();
    if (now - nextWarningNanos >= 0) {
      nextWarningNanos = now + WARNING_PAUSE.toNanos();
      logger
          .atWarn()
          .addKeyValue("decision_log.failed", failed.sum())
          .log("the decision log cannot be written: {}", why.toString());
    }
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.of(Metric.DECISION_LOG_LINES, written::sum).inLog("decision_log.lines"),
        Measure.of(Metric.DECISION_LOG_DROPPED, dropped::sum).inLog("decision_log.dropped"),
        Measure.of(Metric.DECISION_LOG_FAILED, failed::sum).inLog("decision_log.failed"));
  }

  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(writer);
    try {
      if (!writer.join(CLOSE_TIMEOUT)) {
        logger.atWarn().log("the decision log was not written to its end in time");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Entry entry = queue.poll(); entry != null; entry = queue.poll()) {
      queuedBytes.addAndGet(-entry.bytes());
      dropped.add(entry.answers);
    }
  }
}
