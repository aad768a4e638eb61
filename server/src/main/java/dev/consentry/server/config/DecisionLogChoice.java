package dev.consentry.server.config;

import java.nio.file.Path;

/**
 * What is written of decisions.
 *
 * @param allowsPercent how many of the answers that allow are written, from 0 to 100; those that
 *     deny all are
 */
public record DecisionLogChoice(Destination destination, int allowsPercent) {
  /** Where to. */
  public sealed interface Destination {
    Destination OFF = new Off();
    Destination STANDARD_ERROR = new StandardError();

    /** Nothing is written. */
    record Off() implements Destination {}

    record StandardError() implements Destination {}

    /** Written on to; made where there is none. */
    record File(Path path) implements Destination {}

    /** Reads {@code off}, {@code stderr} or a file's name. */
    static Destination parse(String text) {
      return switch (text) {
        case "off" -> OFF;
        case "stderr" -> STANDARD_ERROR;
        default -> new File(Path.of(text).toAbsolutePath().normalize());
      };
    }
  }
}
