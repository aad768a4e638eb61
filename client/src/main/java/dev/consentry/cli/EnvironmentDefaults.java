package dev.consentry.cli;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Gives common options what {@code CONSENTRY_CLIENT_*} says. */
final class EnvironmentDefaults implements IDefaultValueProvider {
  private static final String PREFIX = "CONSENTRY_CLIENT_";
  private static final Map<String, String> VARIABLES =
      Map.of(
          "--server", PREFIX + "SERVER",
          "--tls", PREFIX + "TLS",
          "--ca", PREFIX + "CA",
          "--cert", PREFIX + "CERT",
          "--key", PREFIX + "KEY",
          "--token-file", PREFIX + "TOKEN_FILE",
          "--timeout", PREFIX + "TIMEOUT",
          "--output", PREFIX + "OUTPUT");

  /** Read by the launcher. */
  private static final String JAVA_OPTS = PREFIX + "JAVA_OPTS";

  private final Map<String, String> environment;

  EnvironmentDefaults(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec arg) {
    if (!(arg instanceof OptionSpec option)) {
      return null;
    }
    @Nullable String variable = VARIABLES.get(option.longestName());
    @Nullable String value = variable == null ? null : environment.get(variable);
    return value == null || value.isEmpty() ? null : value;
  }

  /**
   * Variables that look like settings of this command and are none: a misspelt one must not pass.
   */
  List<String> unknown() {
    Set<String> unknown = new TreeSet<>(environment.keySet());
    unknown.removeIf(name ->
        !name.startsWith(PREFIX) || VARIABLES.containsValue(name) || name.equals(JAVA_OPTS));
    return List.copyOf(unknown);
  }
}
