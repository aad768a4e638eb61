package dev.consentry.server.config;

import java.util.Locale;

/**
 * What can be configured. Key {@code table-size}, flag {@code --table-size} and environment
 * variable {@code CONSENTRY_SERVER_TABLE_SIZE} are one setting; the flag wins over the environment,
 * the environment over the file.
 */
public enum Setting {
  LISTEN("HOST:PORT", "127.0.0.1:8980", "Where to listen; port 0 means any free one."),
  DATA("DIR", "./data", "The directory that holds the store."),
  STORE(
      "KIND|URL",
      "file",
      "file: durable, in the data directory. memory: gone when the server ends. Or"
          + " jdbc:postgresql://HOST:PORT/DATABASE?user=NAME: for several servers."),
  STORE_PASSWORD_FILE(
      "FILE",
      "",
      "Holds the password for a store with a URL, in its one line; the variable"
          + " CONSENTRY_SERVER_STORE_PASSWORD may instead."),
  MIGRATE("", "true", "Bring the schema of a store with a URL up to date before serving."),
  DEMO("", "false", "Fill an empty store with a small, lifelike world."),
  TABLE_SIZE("SIZE", "25%", "Memory for the grant table: e.g. 512MiB, or a share of the heap."),
  MAX_STALENESS("TIME", "2s", "No answer rests on knowledge older than this."),
  POLL_INTERVAL("TIME", "250ms", "How often to look for what other servers wrote, without news."),
  HISTORY_RETENTION("TIME", "400d", "For how long the history is kept. Grants stay in any case."),
  WARM_UP("TIME", "300ms", "How long the server may warm itself before it serves; 0s: not at all."),
  DRAIN("TIME", "0s", "How long to serve on, NOT_SERVING, once told to stop."),
  LOG_LEVEL("LEVEL", "info", "error, warn, info, debug or trace; on standard error, as JSON."),
  EXIT_WITH_PARENT("", "false", "Stop when the process that started this one ends.");

  static final String FLAG_PREFIX = "--";
  static final String VARIABLE_PREFIX = "CONSENTRY_SERVER_";

  private final String placeholder;
  private final String defaultValue;
  private final String description;

  Setting(String placeholder, String defaultValue, String description) {
    this.placeholder = placeholder;
    this.defaultValue = defaultValue;
    this.description = description;
  }

  /** As it is spelled in the file. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As it is spelled on the command line. */
  public String flag() {
    return FLAG_PREFIX + key();
  }

  /** As it is spelled in the environment. */
  public String variable() {
    return VARIABLE_PREFIX + name();
  }

  /** What stands for the value in a usage text; empty if it is a switch. */
  public String placeholder() {
    return placeholder;
  }

  /** Whether it is true or false, and a flag without a value means true. */
  public boolean isSwitch() {
    return placeholder.isEmpty();
  }

  /** What holds if nobody says anything. */
  public String defaultValue() {
    return defaultValue;
  }

  /** One sentence for a usage text. */
  public String description() {
    return description;
  }
}
