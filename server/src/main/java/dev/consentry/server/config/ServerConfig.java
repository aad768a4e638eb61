package dev.consentry.server.config;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be said about how this server runs. The defaults stand in {@link Setting}.
 *
 * @param http where to listen for HTTP; null: nowhere
 * @param connectionsMax at once, on each port; from {@value #CONNECTIONS_MIN} to {@value
 *     #CONNECTIONS_MAX}
 * @param data absolute
 * @param migrate whether a store with a URL gets its schema brought up to date
 * @param demo whether an empty store is filled with the demo world
 * @param tableBytes the weight at which the grant table starts to forget; from {@value
 *     #TABLE_BYTES_MIN} to half of the heap
 * @param maxStaleness from {@link #MAX_STALENESS_MIN} to {@link #MAX_STALENESS_MAX}
 * @param pollInterval how long to wait for news before looking; from {@link #POLL_INTERVAL_MIN} to
 *     half of {@code maxStaleness}
 * @param historyRetention from {@link #HISTORY_RETENTION_MIN} to {@link #HISTORY_RETENTION_MAX}
 * @param warmUp how long the server may warm itself before it serves; up to {@link #WARM_UP_MAX},
 *     and not at all if it is zero
 * @param drain how long to serve on once told to stop; up to {@link #DRAIN_MAX}
 * @param exitWithParent whether to stop when the process that started this one ends
 */
public record ServerConfig(
    ListenAddress listen,
    @Nullable ListenAddress http,
    Access access,
    int connectionsMax,
    Path data,
    StoreChoice store,
    boolean migrate,
    boolean demo,
    long tableBytes,
    Duration maxStaleness,
    Duration pollInterval,
    Duration historyRetention,
    Duration warmUp,
    Duration drain,
    DecisionLogChoice decisionLog,
    LogLevel logLevel,
    boolean exitWithParent) {
  public static final int CONNECTIONS_MIN = 1;
  public static final int CONNECTIONS_MAX = 1_000_000;
  public static final long TABLE_BYTES_MIN = 1 << 20;
  public static final int TABLE_HEAP_PERCENT_MAX = 50;
  public static final Duration MAX_STALENESS_MIN = Duration.ofMillis(500);
  public static final Duration MAX_STALENESS_MAX = Duration.ofMinutes(1);

  public static final Duration POLL_INTERVAL_MIN = Duration.ofMillis(10);
  public static final Duration HISTORY_RETENTION_MIN = Duration.ofDays(1);
  public static final Duration HISTORY_RETENTION_MAX = Duration.ofDays(36_500);
  public static final Duration WARM_UP_MAX = Duration.ofSeconds(10);

  /** Leaves time for what comes after it: the server exits within 30 s. */
  public static final Duration DRAIN_MAX = Duration.ofSeconds(20);

  /** An interval of which two fit into the promise. */
  static Duration pollIntervalMax(Duration maxStaleness) {
    return maxStaleness.dividedBy(2);
  }

  /** The size of a table that has this share of a heap at most. */
  static long tableBytesMax(long heapBytes) {
    return heapBytes / 100 * TABLE_HEAP_PERCENT_MAX;
  }
}
