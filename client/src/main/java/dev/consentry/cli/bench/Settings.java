package dev.consentry.cli.bench;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a load is.
 *
 * @param mode how questions travel
 * @param pace when they are sent
 * @param asked what they are
 * @param duration of what is measured, 100 ms to 1 h
 * @param warmUp before it, 0 to 1 h: the same load, and nothing of it counts
 * @param timeout how long a call may take
 * @param connections over which the calls are spread, 1 to 100
 * @param batchSize questions in a call of a batch, 1 to 1,000; 1 in the other modes
 * @param streams kept open, 1 to 1,000; as many as connections in the other modes
 */
public record Settings(
    Mode mode,
    Pace pace,
    Asked asked,
    Duration duration,
    Duration warmUp,
    Duration timeout,
    int connections,
    int batchSize,
    int streams) {
  public static final Duration DURATION_MIN = Duration.ofMillis(100);
  public static final Duration DURATION_MAX = Duration.ofHours(1);
  public static final Duration WARM_UP_MAX = Duration.ofHours(1);
  public static final Duration TIMEOUT_MAX = Duration.ofMinutes(10);
  public static final int CONNECTIONS_MAX = 100;
  public static final int BATCH_SIZE_MAX = 1_000;
  public static final int STREAMS_MAX = 1_000;

  public Settings {
    Limits.require("--duration", duration, DURATION_MIN, DURATION_MAX);
    Limits.require("--warm-up", warmUp, Duration.ZERO, WARM_UP_MAX);
    Limits.require("--timeout", timeout, Duration.ofMillis(1), TIMEOUT_MAX);
    Limits.require("--connections", connections, CONNECTIONS_MAX);
    Limits.require("--batch-size", batchSize, BATCH_SIZE_MAX);
    Limits.require("--streams", streams, STREAMS_MAX);
    if (mode == Mode.STREAM && streams < connections) {
      throw new IllegalArgumentException(
          "--streams must be at least --connections, and is "
              + streams
              + " for "
              + connections
              + " connections");
    }
  }

  /** What this is in words, by what is told. */
  public Map<String, String> words() {
    Map<String, String> words = new LinkedHashMap<>();
    words.put(
        "load",
        pace instanceof Pace.Open open
            ? "open loop, " + Amounts.rate(open.ratePerSecond())
            : "closed loop, "
                + Amounts.counted(((Pace.Closed) pace).concurrency(), "call")
                + " in flight");
    words.put("calls", calls() + " over " + Amounts.counted(connections, "connection"));
    if (asked instanceof Asked.Drawn drawn) {
      words.put(
          "keys",
          Amounts.counted(drawn.accounts(), "account")
              + " × "
              + Amounts.counted(drawn.apps(), "app")
              + ", "
              + drawn.keys()
              + ", seed "
              + drawn.seed());
      words.put("shares", drawn.shares().toString());
    } else {
      Asked.Fixed fixed = (Asked.Fixed) asked;
      words.put(
          "question",
          "account "
              + fixed.account()
              + ", app "
              + fixed.app()
              + ": "
              + String.join(" ", fixed.scopes()));
    }
    words.put(
        "time",
        Amounts.span(duration)
            + " after "
            + Amounts.span(warmUp)
            + " of warm-up, timeout "
            + Amounts.span(timeout));
    return words;
  }

  private String calls() {
    return switch (mode) {
      case UNARY -> "unary";
      case BATCH -> "batches of " + Amounts.count(batchSize);
      case STREAM -> Amounts.counted(streams, "stream");
    };
  }
}
