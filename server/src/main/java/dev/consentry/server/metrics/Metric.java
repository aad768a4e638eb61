package dev.consentry.server.metrics;

import java.util.List;

/**
 * All that can be told at {@code /metrics}. What is told at all depends on what the server uses;
 * {@code docs/metrics.md} lists the same.
 */
public enum Metric {
  BUILD_INFO(Kind.INFO, "consentry_build_info", "What this server is.", "version"),
  STORE_INFO(Kind.INFO, "consentry_store_info", "The history that decisions are of.", "epoch"),
  READY(
      Kind.GAUGE,
      "consentry_ready",
      "Whether the server serves (1), or is stopping or would answer too late (0)."),
  STALENESS(
      Kind.GAUGE,
      "consentry_staleness_seconds",
      "Age of what decisions rest on. Goes on rising while nothing is decided."),
  STALENESS_MAX(
      Kind.GAUGE,
      "consentry_staleness_max_seconds",
      "Beyond this age nothing is decided: the setting max-staleness."),
  REVISION(Kind.GAUGE, "consentry_revision", "The revision that decisions know of."),

  DECISIONS(
      Kind.COUNTER,
      "consentry_decisions_total",
      "Decisions: checks, and items of batches and streams.",
      "outcome",
      "reason"),
  HITS(
      Kind.COUNTER,
      "consentry_decision_hits_total",
      "Decisions that memory made, without asking the store."),
  MISSES(
      Kind.COUNTER,
      "consentry_decision_misses_total",
      "Checks, items of streams and whole batches for which the store had to be asked."),
  ERRORS(
      Kind.COUNTER,
      "consentry_errors_total",
      "Calls, and items of batches and streams, that ended in an error.",
      "reason"),
  GATEWAY_REQUESTS(
      Kind.COUNTER,
      "consentry_gateway_requests_total",
      "Requests that gateways asked about.",
      "door",
      "outcome",
      "reason"),
  REVOCATION_VISIBLE(
      Kind.HISTOGRAM,
      "consentry_revocation_visible_seconds",
      "From when a grant was revoked, anywhere, until decisions here know of it."),

  LOADS(
      Kind.COUNTER,
      "consentry_loads_total",
      "Loads from the store, of which several may share a statement."),
  FAILED_LOADS(
      Kind.COUNTER, "consentry_load_failures_total", "Loads from the store that brought nothing."),
  TABLE_ENTRIES(
      Kind.GAUGE,
      "consentry_table_entries",
      "Entries of the grant table: grants, and keys known to have none.",
      "kind"),
  TABLE_BYTES(
      Kind.GAUGE, "consentry_table_bytes", "Heap that the grant table's entries take, about."),
  TABLE_BYTES_MAX(
      Kind.GAUGE,
      "consentry_table_max_bytes",
      "Heap that the grant table's entries may take: the setting table-size."),

  POLLS(Kind.COUNTER, "consentry_follower_polls_total", "Times that the log was read, or tried."),
  FAILED_POLLS(
      Kind.COUNTER, "consentry_follower_poll_failures_total", "Times that the log was not read."),
  RESYNCS(
      Kind.COUNTER,
      "consentry_follower_resyncs_total",
      "Times that the table started anew, empty, as the log did not go on from it."),
  LAG(
      Kind.GAUGE,
      "consentry_follower_lag_revisions",
      "Revisions that the store had at the last poll and decisions do not know of."),

  CALLS_OPEN(
      Kind.GAUGE, "consentry_calls_open", "Calls and HTTP requests under way, about.", "door"),
  CALLS_REFUSED(
      Kind.COUNTER,
      "consentry_calls_refused_total",
      "Calls, items and HTTP requests that were refused since there was too much to do.",
      "door"),
  CALLS_WITHOUT_REQUEST(
      Kind.COUNTER,
      "consentry_calls_without_request_total",
      "Calls that were ended as their request did not come in time.",
      "door"),
  CONNECTIONS_OPEN(Kind.GAUGE, "consentry_connections_open", "Connections.", "port"),
  CONNECTIONS_REFUSED(
      Kind.COUNTER,
      "consentry_connections_refused_total",
      "Connections that were closed at once, as there were too many.",
      "port"),

  CREDENTIAL_PROBLEMS(
      Kind.COUNTER,
      "consentry_credential_problems_total",
      "Files and keys that could not be used when they were read again: the old ones stay.",
      "source"),
  CERTIFICATE_EXPIRY(
      Kind.GAUGE,
      "consentry_tls_certificate_expiry_timestamp_seconds",
      "When the server's certificate runs out, in seconds since 1970."),

  DECISION_LOG_LINES(
      Kind.COUNTER, "consentry_decision_log_lines_total", "Lines written to the decision log."),
  DECISION_LOG_DROPPED(
      Kind.COUNTER,
      "consentry_decision_log_dropped_total",
      "Answers that found the decision log's queue full: they are in no line."),
  DECISION_LOG_FAILED(
      Kind.COUNTER,
      "consentry_decision_log_failures_total",
      "Lines that could not be written to the decision log."),

  CPU(Kind.COUNTER, "process_cpu_seconds_total", "CPU time that the process has taken."),
  START_TIME(
      Kind.GAUGE,
      "process_start_time_seconds",
      "When the process was started, in seconds since 1970."),
  UPTIME(Kind.GAUGE, "process_uptime_seconds", "How long the process has been running."),
  FILES_OPEN(Kind.GAUGE, "process_open_fds", "Open file descriptors."),
  FILES_MAX(Kind.GAUGE, "process_max_fds", "File descriptors that the process may have."),
  MEMORY_USED(Kind.GAUGE, "jvm_memory_used_bytes", "Memory in use.", "area"),
  MEMORY_MAX(Kind.GAUGE, "jvm_memory_max_bytes", "Memory that there may be.", "area"),
  THREADS(Kind.GAUGE, "jvm_threads_current", "Threads of the operating system."),
  COLLECTIONS(Kind.COUNTER, "jvm_gc_collections_total", "Garbage collections.", "gc"),
  COLLECTION_TIME(
      Kind.COUNTER,
      "jvm_gc_collection_seconds_total",
      "Time taken by garbage collections; not all of it are pauses, with collectors that run"
          + " beside.",
      "gc");

  /** What can be done with its numbers. */
  public enum Kind {
    /** Rises; from 0 again with each start. */
    COUNTER,

    /** Rises and falls. */
    GAUGE,

    /** Counts by size. */
    HISTOGRAM,

    /** Always 1: what it tells stands in its label. */
    INFO
  }

  private final Kind kind;
  private final String text;
  private final String help;

  // List.of is immutable.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> labels;

  Metric(Kind kind, String text, String help, String... labels) {
    this.kind = kind;
    this.text = text;
    this.help = help;
    this.labels = List.of(labels);
  }

  public Kind kind() {
    return kind;
  }

  /** Its name in Prometheus, whole: {@code consentry_decisions_total}. */
  public String text() {
    return text;
  }

  /** A sentence or two that say what it is. */
  public String help() {
    return help;
  }

  /** The names of its labels. */
  public List<String> labels() {
    return labels;
  }
}
