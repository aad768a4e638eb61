package dev.consentry.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The inputs that a fuzz target begins with, as files where Jazzer looks for them. */
public record Seeds(List<byte[]> inputs) {
  /**
   * Those of one target.
   *
   * @param fuzz an instance of the target's class
   */
  public static Seeds of(Object fuzz, String target) {
    Class<?> type = fuzz.getClass();
    Path folder =
        Path.of("src", "test", "resources")
            .resolve(type.getPackageName().replace('.', '/'))
            .resolve(type.getSimpleName() + "Inputs")
            .resolve(target);
    var inputs = new ArrayList<byte[]>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        inputs.add(Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertFalse(inputs.isEmpty(), folder + " is empty");
    return new Seeds(inputs);
  }

  /** Fails unless a check of a mutant fails with one of these. */
  public void assertFinds(Consumer<byte[]> check) {
    for (byte[] input : inputs) {
      try {
        check.accept(input);
        // Whatever a target throws is a finding.
      } catch (Throwable e) {
        return;
      }
    }
    fail("no seed finds the mutant");
  }
}
