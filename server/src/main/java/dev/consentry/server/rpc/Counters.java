package dev.consentry.server.rpc;

import dev.consentry.server.decision.Decision;
import dev.consentry.server.decision.DenyReason;
import dev.consentry.v1.ErrorReason;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What this process has answered since it started. */
public final class Counters {
  private static final DenyReason[] REASONS = DenyReason.values();

  private final LongAdder allowed = new LongAdder();

  /** By the ordinal of the reason. */
  private final LongAdder[] denied = new LongAdder[REASONS.length];

  private final LongAdder misses = new LongAdder();
  private final Map<ErrorReason, LongAdder> errors = new EnumMap<>(ErrorReason.class);

  public Counters() {
    Arrays.setAll(denied, _ -> new LongAdder());
    for (ErrorReason reason : ErrorReason.values()) {
      errors.put(reason, new LongAdder());
    }
  }

  void decided(Decision decision) {
    switch (decision) {
      case Decision.Allow _ -> decided((DenyReason) null);
      case Decision.Deny deny -> decided(deny.reason());
    }
  }

  /**
   * A decision.
   *
   * @param reason why not; null if it allows
   */
  void decided(@Nullable DenyReason reason) {
    (reason == null ? allowed : denied[reason.ordinal()]).increment();
  }

  /** Many decisions. */
  void decided(Tally tally) {
    allowed.add(tally.allowed);
    for (int i = 0; i < denied.length; i++) {
      if (tally.denied[i] > 0) {
        denied[i].add(tally.denied[i]);
      }
    }
  }

  /** A check, or a whole batch, that memory could not answer. */
  void missed() {
    misses.increment();
  }

  /** A call or an item that ended in an error. */
  void failed(ErrorReason reason) {
    LongAdder adder = errors.get(reason);
    if (adder == null) {
      throw new IllegalStateException("every reason has an adder: " + reason);
    }
    adder.increment();
  }

  /**
   * All counts by name, sorted: {@code decisions.allow}, {@code decisions.deny.no_grant}, {@code
   * misses}, {@code errors.invalid_request}, …. Those of errors only once there was one.
   */
  public Map<String, Long> snapshot() {
    var counts = new TreeMap<String, Long>();
    counts.put("decisions.allow", allowed.sum());
    for (DenyReason reason : REASONS) {
      counts.put("decisions.deny." + lower(reason.name()), denied[reason.ordinal()].sum());
    }
    counts.put("misses", misses.sum());
    errors.forEach((reason, n) -> {
      if (n.sum() > 0) {
        counts.put("errors." + lower(reason.name().substring("ERROR_REASON_".length())), n.sum());
      }
    });
    return Collections.unmodifiableMap(counts);
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Decisions that are not counted yet. */
  static final class Tally {
    private final int[] denied = new int[REASONS.length];
    private int allowed;

    void add(@Nullable DenyReason reason) {
      if (reason == null) {
        allowed++;
      } else {
        denied[reason.ordinal()]++;
      }
    }
  }
}
