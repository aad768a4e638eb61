package dev.consentry.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes one configuration out of flags, environment and file. For one reading each. */
public final class ConfigReader {
  /** The flag that names the file. */
  public static final String CONFIG_FLAG = GivenValues.CONFIG_FLAG;

  private final GivenValues given;
  private final long heapBytes;

  private ConfigReader(GivenValues given, long heapBytes) {
    this.given = given;
    this.heapBytes = heapBytes;
  }

  /**
   * Reads the configuration.
   *
   * @param flags by their names, {@code --listen}
   * @param unknown words of the command line that are no flags of ours
   * @param environment all of it
   * @param heapBytes what this process may use
   * @throws ConfigException with everything that is wrong
   */
  public static ServerConfig read(
      Map<String, String> flags,
      List<String> unknown,
      Map<String, String> environment,
      long heapBytes) {
    var given = GivenValues.collect(flags, unknown, environment);
    ServerConfig config = new ConfigReader(given, heapBytes).config();
    if (config == null || !given.problems().isEmpty()) {
      throw new ConfigException(given.problems(), given.gateway());
    }
    return config;
  }

  /** Where to listen for HTTP; null: nowhere, because somebody said so. */
  private record Http(@Nullable ListenAddress listen) {
    static Http parse(String text) {
      if (text.equals("off")) {
        return new Http(null);
      }
      try {
        return new Http(ListenAddress.parse(text));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(e.getMessage() + ", or off", e);
      }
    }
  }

  /** Null if anything has no value that can be used; what, is among the problems then. */
  private @Nullable ServerConfig config() {
    ListenAddress listen = given.value(Setting.LISTEN, ListenAddress::parse);
    Http http = given.value(Setting.HTTP, Http::parse);
    Path data = given.value(Setting.DATA, text -> Path.of(text).toAbsolutePath().normalize());
    String storePassword = given.value(Setting.STORE_PASSWORD_FILE, this::storePassword);
    StoreChoice store = given.value(Setting.STORE, text -> storeChoice(text, storePassword));
    Boolean migrate = given.value(Setting.MIGRATE, ConfigReader::trueOrFalse);
    Boolean demo = given.value(Setting.DEMO, ConfigReader::trueOrFalse);
    Long tableBytes = given.value(Setting.TABLE_SIZE, this::tableBytes);
    Duration maxStaleness =
        given.value(
            Setting.MAX_STALENESS,
            text ->
                Amounts.duration(
                    text, ServerConfig.MAX_STALENESS_MIN, ServerConfig.MAX_STALENESS_MAX));
    Duration pollInterval =
        given.value(Setting.POLL_INTERVAL, text -> pollInterval(text, maxStaleness));
    Duration historyRetention =
        given.value(
            Setting.HISTORY_RETENTION,
            text ->
                Amounts.duration(
                    text, ServerConfig.HISTORY_RETENTION_MIN, ServerConfig.HISTORY_RETENTION_MAX));
    Duration warmUp =
        given.value(
            Setting.WARM_UP,
            text -> Amounts.duration(text, Duration.ZERO, ServerConfig.WARM_UP_MAX));
    Duration drain =
        given.value(
            Setting.DRAIN, text -> Amounts.duration(text, Duration.ZERO, ServerConfig.DRAIN_MAX));
    LogLevel logLevel = given.value(Setting.LOG_LEVEL, text -> oneOf(LogLevel.values(), text));
    Boolean exitWithParent = given.value(Setting.EXIT_WITH_PARENT, ConfigReader::trueOrFalse);
    Access access = new AccessReader(given).access(listen, http == null ? null : http.listen());
    DecisionLogChoice decisionLog = decisionLog();
    Integer connectionsMax = given.value(Setting.MAX_CONNECTIONS, ConfigReader::connectionsMax);
    if (listen == null
        || http == null
        || access == null
        || decisionLog == null
        || connectionsMax == null
        || data == null
        || store == null
        || migrate == null
        || demo == null
        || tableBytes == null
        || maxStaleness == null
        || pollInterval == null
        || historyRetention == null
        || warmUp == null
        || drain == null
        || logLevel == null
        || exitWithParent == null) {
      return null;
    }
    return new ServerConfig(
        listen,
        http.listen(),
        access,
        given.gateway(),
        connectionsMax,
        data,
        store,
        migrate,
        demo,
        tableBytes,
        maxStaleness,
        pollInterval,
        historyRetention,
        warmUp,
        drain,
        decisionLog,
        logLevel,
        exitWithParent);
  }

  private @Nullable DecisionLogChoice decisionLog() {
    String destination = given.value(Setting.DECISION_LOG, text -> text);
    Integer allowsPercent = given.value(Setting.DECISION_LOG_ALLOWS, text -> Amounts.percent(text));
    return destination == null || allowsPercent == null
        ? null
        : new DecisionLogChoice(DecisionLogChoice.Destination.parse(destination), allowsPercent);
  }

  private static int connectionsMax(String text) {
    return Amounts.count(text, ServerConfig.CONNECTIONS_MIN, ServerConfig.CONNECTIONS_MAX);
  }

  private long tableBytes(String text) {
    return Amounts.bytes(
        text, heapBytes, ServerConfig.TABLE_BYTES_MIN, ServerConfig.tableBytesMax(heapBytes));
  }

  /** Empty if there is none. */
  private String storePassword(String file) {
    String fromEnvironment = given.password();
    if (file.isEmpty()) {
      return fromEnvironment == null ? "" : fromEnvironment;
    }
    if (fromEnvironment != null) {
      throw new IllegalArgumentException(
          "must not be set beside the variable "
              + GivenValues.PASSWORD_VARIABLE
              + ": one of the two is enough");
    }
    return PasswordFile.read(Path.of(file));
  }

  private static StoreChoice storeChoice(String text, @Nullable String storePassword) {
    return switch (text) {
      case "file" -> StoreChoice.FILE;
      case "memory" -> StoreChoice.MEMORY;
      default ->
          new StoreChoice.Postgres(
              StoreChoice.Postgres.parse(text).url(),
              storePassword == null || storePassword.isEmpty() ? null : storePassword);
    };
  }

  private static Duration pollInterval(String text, @Nullable Duration maxStaleness) {
    Duration max =
        ServerConfig.pollIntervalMax(
            maxStaleness == null ? ServerConfig.MAX_STALENESS_MAX : maxStaleness);
    try {
      return Amounts.duration(text, ServerConfig.POLL_INTERVAL_MIN, max);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage()
              + ": at most half of max-staleness"
              + (maxStaleness == null ? "" : " (%s)".formatted(Amounts.text(maxStaleness))),
          e);
    }
  }

  static boolean trueOrFalse(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("must be true or false");
    };
  }

  private static <E extends Enum<E>> E oneOf(E[] values, String text) {
    List<String> known =
        Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
    int index = known.indexOf(text);
    if (index < 0) {
      throw new IllegalArgumentException("must be one of " + String.join(", ", known));
    }
    return values[index];
  }
}
