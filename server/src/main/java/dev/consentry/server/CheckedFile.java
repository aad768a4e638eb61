package dev.consentry.server;

import dev.consentry.server.config.ConfigException;
import dev.consentry.server.config.ConfigReader;
import dev.consentry.server.gateway.Gateway;
import dev.consentry.server.gateway.GatewayFile;
import dev.consentry.server.gateway.GatewayFile.Around;
import dev.consentry.server.gateway.GatewayFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A configuration file as {@code serve --config} reads it, with what it says of gateways. Nothing
 * is opened, and no keys are read.
 */
record CheckedFile(@Nullable Gateway gateway) {
  /** What can be around the doors, where the rest of a file does not tell. */
  private static final List<Around> ANY =
      List.of(
          OpenGateway.around(false, false),
          OpenGateway.around(true, false),
          OpenGateway.around(true, true));

  /**
   * Reads it.
   *
   * @throws ConfigException with everything that is wrong
   */
  static CheckedFile read(Path file, Map<String, String> environment) {
    try {
      var config =
          ConfigReader.read(
              Map.of(ConfigReader.CONFIG_FLAG, file.toString()),
              List.of(),
              environment,
              Runtime.getRuntime().maxMemory());
      Path section = config.gateway();
      return new CheckedFile(
          section == null
              ? null
              : GatewayFile.read(section, OpenGateway.around(config.access())));
    } catch (GatewayFileException e) {
      throw new ConfigException(e.problems());
    } catch (ConfigException e) {
      var all = new ArrayList<>(e.problems());
      all.addAll(problemsInAnyCase(e.gateway()));
      throw new ConfigException(all);
    }
  }

  /** What is wrong with a section whatever is around it. */
  private static List<String> problemsInAnyCase(@Nullable Path section) {
    List<String> problems = section == null ? new ArrayList<>() : problems(section, ANY.getFirst());
    for (Around around : ANY) {
      if (section != null && !problems.isEmpty()) {
        problems.retainAll(problems(section, around));
      }
    }
    return problems;
  }

  private static List<String> problems(Path section, Around around) {
    try {
      var _ = GatewayFile.read(section, around);
      return new ArrayList<>();
    } catch (GatewayFileException e) {
      return new ArrayList<>(e.problems());
    }
  }
}
