package dev.consentry.cli.bench;

import dev.consentry.v1.CheckResponse;
import dev.consentry.v1.Decision;
import dev.consentry.v1.DenyReason;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Counts what becomes of calls, on whatever thread. Only calls that were due after the warm-up
 * count.
 */
final class Tally {
  /** The longest latency told apart; what takes longer counts as this. */
  static final long LATENCY_NANOS_MAX = TimeUnit.HOURS.toNanos(2);

  private static final long LATENCY_NANOS_MIN = 100;
  private static final int DIGITS = 3;
  private static final String REASON_PREFIX = "DENY_REASON_";

  private final long fromNanos;
  private final Recorder latency = new Recorder(LATENCY_NANOS_MIN, LATENCY_NANOS_MAX, DIGITS);
  private final Recorder lateness = new Recorder(LATENCY_NANOS_MIN, LATENCY_NANOS_MAX, DIGITS);
  private final LongAdder asked = new LongAdder();
  private final LongAdder answers = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder allows = new LongAdder();
  private final LongAdder undecided = new LongAdder();
  private final Map<DenyReason, LongAdder> denies = new EnumMap<>(DenyReason.class);
  private final Map<Failure, LongAdder> failures = new ConcurrentHashMap<>();
  private volatile long lastAnswerNanos;

  /**
   * @param fromNanos calls that were due before this do not count
   */
  Tally(long fromNanos) {
    this.fromNanos = fromNanos;
    this.lastAnswerNanos = fromNanos;
    for (DenyReason reason : DenyReason.values()) {
      denies.put(reason, new LongAdder());
    }
  }

  /** Questions were sent. */
  void sent(int questions, long dueNanos, long nowNanos) {
    if (counts(dueNanos)) {
      asked.add(questions);
      record(lateness, nowNanos - dueNanos);
    }
  }

  /** A call brought at least one answer, each of which is told to {@link #answered} too. */
  void took(long dueNanos, long nowNanos) {
    if (counts(dueNanos)) {
      record(latency, nowNanos - dueNanos);
      lastAnswerNanos = nowNanos;
    }
  }

  /** One question was answered. */
  void answered(CheckResponse response, long dueNanos) {
    if (!counts(dueNanos)) {
      return;
    }
    answers.increment();
    if (response.getDecision() == Decision.DECISION_ALLOW) {
      allows.increment();
    } else if (response.getDecision() == Decision.DECISION_DENY) {
      denied(response.getDenyReason()).increment();
    } else {
      undecided.increment();
    }
  }

  /** Questions have no answer: they count neither as latency nor as achieved. */
  void failed(int questions, Failure failure, long dueNanos) {
    if (counts(dueNanos)) {
      errors.add(questions);
      failures.computeIfAbsent(failure, f -> new LongAdder()).add(questions);
    }
  }

  /** The latencies since this was last asked for. */
  Histogram latencies() {
    return latency.getIntervalHistogram();
  }

  /** How late calls were sent, since this was last asked for. */
  Histogram latenesses() {
    return lateness.getIntervalHistogram();
  }

  long asked() {
    return asked.sum();
  }

  long answers() {
    return answers.sum();
  }

  long errors() {
    return errors.sum();
  }

  long lastAnswerNanos() {
    return lastAnswerNanos;
  }

  /** How many answers of each kind there were: {@code ALLOW}, {@code DENY NO_GRANT} and so on. */
  Map<String, Long> outcomes() {
    Map<String, Long> outcomes = new LinkedHashMap<>();
    put(outcomes, "ALLOW", allows);
    for (DenyReason reason : DenyReason.values()) {
      put(outcomes, "DENY " + reason.name().replaceFirst(REASON_PREFIX, ""), denied(reason));
    }
    put(outcomes, "no decision", undecided);
    return outcomes;
  }

  /** How many questions had no answer, by why, the most frequent first. */
  Map<String, Long> failures() {
    Map<String, Long> sorted = new LinkedHashMap<>();
    failures.entrySet().stream()
        .sorted((a, b) -> Long.compare(b.getValue().sum(), a.getValue().sum()))
        .forEach(e -> put(sorted, e.getKey().toString(), e.getValue()));
    return sorted;
  }

  private LongAdder denied(DenyReason reason) {
    return Objects.requireNonNull(denies.get(reason));
  }

  private boolean counts(long dueNanos) {
    return dueNanos - fromNanos >= 0;
  }

  private static void record(Recorder recorder, long nanos) {
    recorder.recordValue(Math.max(0, Math.min(nanos, LATENCY_NANOS_MAX)));
  }

  private static void put(Map<String, Long> counts, String name, LongAdder count) {
    if (count.sum() > 0) {
      counts.put(name, count.sum());
    }
  }
}
