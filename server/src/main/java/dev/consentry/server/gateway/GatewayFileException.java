package dev.consentry.server.gateway;

import java.nio.file.Path;
import java.util.List;

/** A file has no section {@code gateway} that can be used. */
public final class GatewayFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final transient List<String> problems;

  GatewayFileException(Path file, List<String> problems) {
    super("%s: %s".formatted(file, String.join("; ", problems)));
    this.file = file;
    this.problems = List.copyOf(problems);
  }

  public Path file() {
    return file;
  }

  /** Everything that is wrong, a sentence each. */
  public List<String> problems() {
    return problems;
  }
}
