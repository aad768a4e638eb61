package dev.consentry.server.metrics;

import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What this process has answered since it started. */
public final class Counters {
  private final LongAdder allowed = new LongAdder();
  private final Map<DenyReason, LongAdder> denied = new EnumMap<>(DenyReason.class);
  private final LongAdder misses = new LongAdder();
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

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
   * A call or an item that ended in an error.
   *
   * @param reason one of few, in lower case: {@code invalid_request}
   */
  public void failed(String reason) {
    errors.computeIfAbsent(reason, _ -> new LongAdder()).increment();
  }

  /**
   * All counts by name, sorted: {@code decisions.allow}, {@code decisions.deny.no_grant}, {@code
   * misses}, {@code errors.invalid_request}, …. Those of errors only once there was one.
   */
  public Map<String, Long> snapshot() {
    var counts = new TreeMap<String, Long>();
    counts.put("decisions.allow", allowed.sum());
    denied.forEach((reason, n) -> counts.put("decisions.deny." + lower(reason.name()), n.sum()));
    counts.put("misses", misses.sum());
    errors.forEach((reason, n) -> counts.put("errors." + reason, n.sum()));
    return Collections.unmodifiableMap(counts);
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
