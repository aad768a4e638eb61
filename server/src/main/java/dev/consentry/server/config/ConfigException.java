package dev.consentry.server.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The configuration cannot be used: everything that is wrong with it, in one message. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;
  private final transient @Nullable Path gateway;

  public ConfigException(List<String> problems) {
    this(problems, null);
  }

  /**
   * As above.
   *
   * @param gateway the file that has a section for the doors of gateways, which was not looked at
   */
  ConfigException(List<String> problems, @Nullable Path gateway) {
    super(String.join("\n", problems), null, false, false);
    this.problems = List.copyOf(problems);
    this.gateway = gateway;
  }

  /** One sentence each. */
  public List<String> problems() {
    return problems;
  }

  /** The file with a section for the doors of gateways; null if none is known. */
  public @Nullable Path gateway() {
    return gateway;
  }
}
