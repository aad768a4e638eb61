package dev.consentry.server.security;

import java.nio.file.Path;
import java.util.List;

/** A file of callers cannot be used: everything that is wrong with it, in one message. */
public final class CallersFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final transient List<String> problems;

  CallersFileException(Path file, List<String> problems) {
    super(file + ": " + String.join("; ", problems), null, false, false);
    this.file = file;
    this.problems = List.copyOf(problems);
  }

  public Path file() {
    return file;
  }

  /** One sentence each: where, and what would be right. They tell no secret. */
  public List<String> problems() {
    return problems;
  }
}
