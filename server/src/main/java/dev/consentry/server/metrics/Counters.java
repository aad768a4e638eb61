package dev.consentry.server.metrics;

import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What this process has answered since it started. */
public final class Counters {
  private final LongAdder allowed = new LongAdder();
  private final Map<DenyReason, LongAdder> denied = new EnumMap<>(DenyReason.class);
  private final LongAdder misses = new LongAdder();
  private final LongAdder loaded = new LongAdder();
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

  /** The most that {@link #hits} has told: a counter must not fall. */
  private final LongAccumulator hitsTold = new LongAccumulator(Math::max, 0);

  public Counters() {
    for (DenyReason reason : DenyReason.values()) {
      denied.put(reason, new LongAdder());
    }
  }

  public void decided(Decision decision) {
    switch (decision) {
      case Decision.Allow _ -> allowed.increment();
      case Decision.Deny deny -> adder(denied, deny.reason()).increment();
    }
  }

  /**
   * A decision.
   *
   * @param reason why not; null if it allows
   */
  public void decided(@Nullable DenyReason reason) {
    (reason == null ? allowed : adder(denied, reason)).increment();
  }

  /** A check, or a whole batch, that memory could not answer. */
  public void missed() {
    misses.increment();
  }

  /**
   * Decisions for which the store was asked. To be told before they are counted as decisions.
   *
   * @param decisions how many
   */
  public void loaded(int decisions) {
    loaded.add(decisions);
  }

  /**
   * A call or an item that ended in an error.
   *
   * @param reason one of few, in lower case: {@code invalid_request}
   */
  public void failed(String reason) {
    errors.computeIfAbsent(reason, _ -> new LongAdder()).increment();
  }

  /** {@code decisions.allow}, {@code decisions.deny.no_grant}, …, {@code misses}. */
  public List<Measure> measures() {
    var measures = new ArrayList<Measure>();
    measures.add(
        Measure.of(Metric.DECISIONS, allowed::sum, "allow", "granted").inLog("decisions.allow"));
    denied.forEach((reason, count) -> {
      String name = lower(reason.name());
      measures.add(
          Measure.of(Metric.DECISIONS, count::sum, "deny", name).inLog("decisions.deny." + name));
    });
    measures.add(Measure.of(Metric.HITS, this::hits));
    measures.add(Measure.of(Metric.MISSES, misses::sum).inLog("misses"));
    return measures;
  }

  /**
   * {@code errors.invalid_request}, …: in the log only once there was one.
   *
   * @param expected reasons that there are from the beginning; more may come
   */
  public List<Measure> errors(Collection<String> expected) {
    expected.forEach(reason -> errors.computeIfAbsent(reason, _ -> new LongAdder()));
    var measures = new ArrayList<Measure>();
    errors.forEach((reason, count) ->
        measures.add(
            Measure.of(Metric.ERRORS, count::sum, reason).inLogOnceCounted("errors." + reason)));
    return measures;
  }

  /** All counts by the names they have in the log. */
  public Map<String, Long> snapshot() {
    var all = new ArrayList<>(measures());
    all.addAll(errors(List.of()));
    return Measure.logged(all);
  }

  /* Read in this order it is never too many: what is loaded is counted as such first. */
  private long hits() {
    long decided = allowed.sum();
    for (LongAdder count : denied.values()) {
      decided += count.sum();
    }
    hitsTold.accumulate(decided - loaded.sum());
    return hitsTold.get();
  }

  private static <K extends Enum<K>> LongAdder adder(Map<K, LongAdder> adders, K key) {
    LongAdder adder = adders.get(key);
    if (adder == null) {
      throw new IllegalStateException("every value has an adder: " + key);
    }
    return adder;
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
