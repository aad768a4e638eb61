package dev.consentry.server.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file whose one line is a password. */
final class PasswordFile {
  private PasswordFile() {}

  /** The line, without its end. */
  static String read(Path file) {
    List<String> lines = lines(file);
    if (lines.isEmpty() || lines.equals(List.of(""))) {
      throw refused("it is empty", null);
    }
    if (lines.size() > 1) {
      throw refused("it has %d lines".formatted(lines.size()), null);
    }
    return lines.getFirst();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      throw refused("there is no such file", e);
    } catch (CharacterCodingException e) {
      throw refused("it is not UTF-8", e);
    } catch (IOException e) {
      throw refused("it cannot be read (%s)".formatted(e), e);
    }
  }

  private static IllegalArgumentException refused(String why, @Nullable IOException cause) {
    return new IllegalArgumentException("must be a file of one line, the password: " + why, cause);
  }
}
