package dev.consentry.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What flags, environment and file say, by setting; and everything that is wrong with it. */
final class GivenValues {
  /** The one thing that a file cannot say: which file it is. */
  static final String CONFIG_FLAG = "--config";

  private static final String CONFIG_VARIABLE = Setting.VARIABLE_PREFIX + "CONFIG";

  /** A secret stands in no file of settings and on no command line. */
  static final String PASSWORD_VARIABLE = Setting.VARIABLE_PREFIX + "STORE_PASSWORD";

  /** What people take for a setting that holds it. */
  private static final String PASSWORD_KEY = "store-password";

  private static final Set<String> NO_SETTINGS = Set.of(CONFIG_VARIABLE, PASSWORD_VARIABLE);

  /** Where people put passwords that do not belong there. */
  private static final Set<Setting> URLS = EnumSet.of(Setting.STORE, Setting.JWT_KEYS);

  private static final Pattern WORD = Pattern.compile("[A-Za-z]*");

  private final List<String> problems = new ArrayList<>();
  private final Map<Setting, Given> given = new EnumMap<>(Setting.class);
  private @Nullable String password;
  private @Nullable Path gateway;

  /** A value, and where it comes from in words that a problem can start with. */
  private record Given(String origin, String value) {}

  private GivenValues() {}

  /** Collects them; the flag wins over the environment, the environment over the file. */
  static GivenValues collect(
      Map<String, String> flags, List<String> unknown, Map<String, String> environment) {
    var values = new GivenValues();
    values.collectUnknown(unknown);
    String file = flags.getOrDefault(CONFIG_FLAG, environment.get(CONFIG_VARIABLE));
    if (file != null) {
      values.collectFile(Path.of(file));
    }
    values.collectEnvironment(environment);
    values.collect(flags, Setting::flag);
    return values;
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
          if (key.equals(ConfigFile.GATEWAY_KEY)) {
            gateway = Path.of(value);
          } else if (setting != null) {
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

  private void collect(Map<String, String> values, Function<Setting, String> name) {
    for (Setting setting : Setting.values()) {
      String value = values.get(name.apply(setting));
      if (value != null) {
        given.put(setting, new Given("`" + name.apply(setting) + "`", value));
      }
    }
  }

  /** The store's password, where the environment has one. */
  @Nullable String password() {
    return password;
  }

  /** The file that has a section for the gateway; null if none has. */
  @Nullable Path gateway() {
    return gateway;
  }

  /** Whether anybody said anything of it. */
  boolean has(Setting setting) {
    return given.containsKey(setting);
  }

  /**
   * The value of a setting, or its default.
   *
   * @param parse throws {@link IllegalArgumentException}, saying what would be right
   * @return null if it cannot be used, which is among the problems then
   */
  <T> @Nullable T value(Setting setting, Function<String, T> parse) {
    Given found = given.getOrDefault(setting, new Given(setting.key(), setting.defaultValue()));
    try {
      return parse.apply(found.value());
    } catch (IllegalArgumentException e) {
      // What is meant for a URL may have a password in it, whatever it looks like; so may another
      // flag.
      boolean shown =
          URLS.contains(setting)
              ? WORD.matcher(found.value()).matches()
              : !found.value().startsWith(Setting.FLAG_PREFIX);
      String is = shown ? "; is `%s`".formatted(found.value()) : "";
      problems.add("%s: %s%s".formatted(found.origin(), e.getMessage(), is));
      return null;
    }
  }

  /** Says what is wrong with settings that are good by themselves, but not together. */
  void problem(Setting setting, String what) {
    Given found = given.getOrDefault(setting, new Given(setting.key(), setting.defaultValue()));
    problems.add("%s: %s".formatted(found.origin(), what));
  }

  /** Everything that is wrong so far, a sentence each. */
  List<String> problems() {
    return List.copyOf(problems);
  }
}
