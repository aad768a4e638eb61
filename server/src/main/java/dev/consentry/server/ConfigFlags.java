package dev.consentry.server;

import dev.consentry.server.config.ConfigReader;
import dev.consentry.server.config.ServerConfig;
import dev.consentry.server.config.Setting;
import java.util.HashMap;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The settings as options of a command. */
final class ConfigFlags {
  private ConfigFlags() {}

  static void add(CommandLine command, Setting... settings) {
    CommandSpec spec = command.getCommandSpec();
    spec.addOption(
        OptionSpec.builder(ConfigReader.CONFIG_FLAG)
            .type(String.class)
            .paramLabel("FILE")
            .description(
                "A YAML file with settings, its keys as the flags below without dashes in front.",
                "Flags win over the environment (CONSENTRY_SERVER_DATA for --data, and so on), the"
                    + " environment over the file.")
            .build());
    for (Setting setting : settings) {
      spec.addOption(option(setting));
    }
  }

  private static OptionSpec option(Setting setting) {
    OptionSpec.Builder option =
        OptionSpec.builder(setting.flag())
            .type(String.class)
            .description(
                setting.defaultValue().isEmpty() || setting.defaultValue().equals("false")
                    ? setting.description()
                    : "%s Default: %s"
                        .formatted(setting.description(), setting.defaultValue())
                        .replace("%", "%%"));
    return setting.isSwitch()
        ? option.arity("0..1").fallbackValue("true").paramLabel("true|false").build()
        : option.paramLabel(setting.placeholder()).build();
  }

  /** The configuration that a command was given, by these options and otherwise. */
  static ServerConfig read(CommandSpec spec, List<String> unknown) {
    var flags = new HashMap<String, String>();
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (option.getValue() instanceof String value) {
        flags.put(option.longestName(), value);
      }
    }
    return ConfigReader.read(flags, unknown, System.getenv(), Runtime.getRuntime().maxMemory());
  }
}
