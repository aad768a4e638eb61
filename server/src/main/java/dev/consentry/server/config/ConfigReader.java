package dev.consentry.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes one configuration out of flags, environment and file. For one reading each. */
public final class ConfigReader {
  /** The one thing that a file cannot say: which file it is. */
  public static final String CONFIG_FLAG = "--config";

  private static final String CONFIG_VARIABLE = Setting.VARIABLE_PREFIX + "CONFIG";

  /** A secret stands in no file of settings and on no command line. */
  private static final String PASSWORD_VARIABLE = Setting.VARIABLE_PREFIX + "STORE_PASSWORD";

  /** What people take for a setting that holds it. */
  private static final String PASSWORD_KEY = "store-password";

  private static final Set<String> NO_SETTINGS = Set.of(CONFIG_VARIABLE, PASSWORD_VARIABLE);

  private static final Pattern WORD = Pattern.compile("[A-Za-z]*");

  private final List<String> problems = new ArrayList<>();
  private final Map<Setting, Given> given = new EnumMap<>(Setting.class);
  private final long heapBytes;
  private @Nullable String password;

  /** A value, and where it comes from in words that a problem can start with. */
  private record Given(String origin, String value) {}

  private ConfigReader(long heapBytes) {
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
    var reader = new ConfigReader(heapBytes);
    reader.collectUnknown(unknown);
    String file = flags.getOrDefault(CONFIG_FLAG, environment.get(CONFIG_VARIABLE));
    if (file != null) {
      reader.collectFile(Path.of(file));
    }
    reader.collectEnvironment(environment);
    reader.collectFlags(flags);
    ServerConfig config = reader.config();
    if (config == null || !reader.problems.isEmpty()) {
      throw new ConfigException(reader.problems);
    }
    return config;
  }

  private void collectUnknown(List<String> words) {
    List<String> known =
        Stream.concat(Arrays.stream(Setting.values()).map(Setting::flag), Stream.of(CONFIG_FLAG))
            .toList();
    boolean isValue = false;
    for (String word : words) {
      // The value of a flag may be a secret, behind `=` or in the next word.
      String name = word.split("=", 2)[0];
      boolean isFlag = word.startsWith(Setting.FLAG_PREFIX);
      if (isFlag || !isValue) {
        problems.add("unknown argument: `%s`%s".formatted(name, Spelling.suggestion(name, known)));
      }
      isValue = isFlag && name.equals(word);
    }
  }

  private void collectFile(Path file) {
    Map<String, Setting> known =
        Arrays.stream(Setting.values()).collect(Collectors.toMap(Setting::key, setting -> setting));
    ConfigFile.read(file, problems)
        .forEach((key, value) -> {
          Setting setting = known.get(key);
          if (setting != null) {
            given.put(setting, new Given("`%s` in %s".formatted(key, file), value));
          } else if (key.equals(PASSWORD_KEY)) {
            problems.add(
                "`%s` in %s: a password must not stand there: `%s` names a file that holds it, or the variable %s does"
                    .formatted(key, file, Setting.STORE_PASSWORD_FILE.key(), PASSWORD_VARIABLE));
          } else {
            problems.add(
                "unknown key: `%s` in %s%s"
                    .formatted(key, file, Spelling.suggestion(key, known.keySet())));
          }
        });
  }

  private void collectEnvironment(Map<String, String> environment) {
    List<String> known = Arrays.stream(Setting.values()).map(Setting::variable).toList();
    environment.keySet().stream()
        .filter(name -> name.startsWith(Setting.VARIABLE_PREFIX))
        .filter(name -> !known.contains(name) && !NO_SETTINGS.contains(name))
        .sorted()
        .map(name -> "unknown variable: `%s`%s".formatted(name, Spelling.suggestion(name, known)))
        .forEach(problems::add);
    collect(environment, Setting::variable);
    password = environment.get(PASSWORD_VARIABLE);
  }

  private void collectFlags(Map<String, String> flags) {
    collect(flags, Setting::flag);
  }

  private void collect(Map<String, String> values, Function<Setting, String> name) {
    for (Setting setting : Setting.values()) {
      String value = values.get(name.apply(setting));
      if (value != null) {
        given.put(setting, new Given("`" + name.apply(setting) + "`", value));
      }
    }
  }

  /** Null if anything has no value that can be used; what, is among the problems then. */
  private @Nullable ServerConfig config() {
    ListenAddress listen = value(Setting.LISTEN, ListenAddress::parse);
    Path data = value(Setting.DATA, text -> Path.of(text).toAbsolutePath().normalize());
    String storePassword = value(Setting.STORE_PASSWORD_FILE, this::storePassword);
    StoreChoice store = value(Setting.STORE, text -> storeChoice(text, storePassword));
    Boolean migrate = value(Setting.MIGRATE, ConfigReader::trueOrFalse);
    Boolean demo = value(Setting.DEMO, ConfigReader::trueOrFalse);
    Long tableBytes = value(Setting.TABLE_SIZE, this::tableBytes);
    Duration maxStaleness =
        value(
            Setting.MAX_STALENESS,
            text ->
                Amounts.duration(
                    text, ServerConfig.MAX_STALENESS_MIN, ServerConfig.MAX_STALENESS_MAX));
    Duration pollInterval = value(Setting.POLL_INTERVAL, text -> pollInterval(text, maxStaleness));
    Duration historyRetention =
        value(
            Setting.HISTORY_RETENTION,
            text ->
                Amounts.duration(
                    text, ServerConfig.HISTORY_RETENTION_MIN, ServerConfig.HISTORY_RETENTION_MAX));
    Duration warmUp =
        value(
            Setting.WARM_UP,
            text -> Amounts.duration(text, Duration.ZERO, ServerConfig.WARM_UP_MAX));
    Duration drain =
        value(Setting.DRAIN, text -> Amounts.duration(text, Duration.ZERO, ServerConfig.DRAIN_MAX));
    LogLevel logLevel = value(Setting.LOG_LEVEL, text -> oneOf(LogLevel.values(), text));
    Boolean exitWithParent = value(Setting.EXIT_WITH_PARENT, ConfigReader::trueOrFalse);
    if (listen == null
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
        logLevel,
        exitWithParent);
  }

  private <T> @Nullable T value(Setting setting, Function<String, T> parse) {
    Given found = given.getOrDefault(setting, new Given(setting.key(), setting.defaultValue()));
    try {
      return parse.apply(found.value());
    } catch (IllegalArgumentException e) {
      // What is meant for a URL may have a password in it, whatever it looks like; so may another
      // flag.
      boolean shown =
          setting == Setting.STORE
              ? WORD.matcher(found.value()).matches()
              : !found.value().startsWith(Setting.FLAG_PREFIX);
      String is = shown ? "; is `%s`".formatted(found.value()) : "";
      problems.add("%s: %s%s".formatted(found.origin(), e.getMessage(), is));
      return null;
    }
  }

  private long tableBytes(String text) {
    return Amounts.bytes(
        text, heapBytes, ServerConfig.TABLE_BYTES_MIN, ServerConfig.tableBytesMax(heapBytes));
  }

  /** Empty if there is none. */
  private String storePassword(String file) {
    String fromEnvironment = password;
    if (file.isEmpty()) {
      return fromEnvironment == null ? "" : fromEnvironment;
    }
    if (fromEnvironment != null) {
      throw new IllegalArgumentException(
          "must not be set beside the variable "
              + PASSWORD_VARIABLE
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

  private static boolean trueOrFalse(String text) {
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
